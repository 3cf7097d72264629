// npm run bench -- clients --bootstrap HOST:PORT: Millrace's clients beside those of others, on one and the same Kafka broker. Each run is a process of its
// own; the clients take turns; medians count. CPU is the client's alone: the broker's has no part in it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bytes, type Log, openLog, topic } from '../../core/index.js';
import { median } from '../measure.js';
import type { ClientJob } from './client-work.js';
import { hasKcat, kcatConsume, kcatProduce } from './kcat.js';
import type { WorkerResult } from './worker.js';

const run = promisify(execFile);
const workerPath = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Of one run: a client that is not done by then does not count in this round. */
const limitMs = 120_000;

type Action = 'produce' | 'consume';

interface Client {
  readonly name: string;
  /** Of a way to use Millrace: what the others are compared with. */
  readonly way: string | undefined;
  readonly run: Partial<Record<Action, (job: ClientJob) => Promise<WorkerResult>>>;
}

function nodeClient(client: string, name: string, options: { way?: string; actions?: readonly Action[] } = {}): Client {
  const runAction = (action: Action) => async (job: ClientJob) => {
    const args = [workerPath, client, action, JSON.stringify(job)];
    const { stdout } = await run(process.execPath, args, { timeout: limitMs });
    return JSON.parse(stdout) as WorkerResult;
  };
  const { way, actions = ['produce', 'consume'] } = options;
  return { name, way, run: Object.fromEntries(actions.map(action => [action, runAction(action)])) };
}

const clients: readonly Client[] = [
  nodeClient('millrace-batches', 'millrace, as a runtime uses it', { way: 'runtime' }),
  nodeClient('millrace-lists', 'millrace, lists of records', { way: 'lists', actions: ['produce'] }),
  nodeClient('millrace-records', 'millrace, record by record', { way: 'records' }),
  nodeClient('raw', 'raw loop (a socket)'),
  nodeClient('kafkajs', 'kafkajs'),
  nodeClient('platformatic', '@platformatic/kafka'),
];

const kcat: Client = { name: 'librdkafka (kcat)', way: undefined, run: { produce: kcatProduce, consume: kcatConsume } };

export interface ClientsSize {
  /** Of each size of value. */
  readonly recordCount: number;
  readonly valueBytes: readonly number[];
  readonly rounds: number;
}

export async function* benchClients(
  bootstrap: string,
  { recordCount, valueBytes: sizes, rounds }: ClientsSize,
): AsyncIterable<string> {
  const contenders = hasKcat() ? [...clients, kcat] : clients;
  await using log = await openLog(`kafka://${bootstrap}`);
  for (const valueBytes of sizes) {
    const size = { bootstrap, valueBytes, recordCount };
    yield await compare(log, 'produce', contenders, size, rounds);
    yield await compare(log, 'consume', contenders, size, rounds);
  }
  if (!hasKcat()) yield 'left out: librdkafka (no kcat on the PATH: apt-get install kcat)';
}

async function compare(
  log: Log,
  action: Action,
  all: readonly Client[],
  size: Pick<ClientJob, 'bootstrap' | 'valueBytes' | 'recordCount'>,
  rounds: number,
): Promise<string> {
  const contenders = all.filter(({ run: does }) => does[action] !== undefined);
  const results = contenders.map(() => [] as WorkerResult[]);
  const runId = `bench-${process.pid}-${action}-${size.valueBytes}`;
  const input = `${runId}-input`;
  if (action === 'consume') await fill(log, input, size);
  for (let round = 0; round < rounds; round++) {
    for (const [index, client] of contenders.entries()) {
      const id = `${runId}-${round}-${index}`;
      const job: ClientJob = { ...size, runId: id, topic: action === 'produce' ? id : input };
      if (action === 'produce') await create(log, [job.topic, `${job.topic}-warm-up`]);
      const result = await client.run[action]!(job).catch(failed => failed as Error);
      if (result instanceof Error)
        console.error(`left out: ${action} by ${client.name} in round ${round}: ${result.message}`);
      else results[index]!.push(result);
      if (action === 'produce') await log.admin().deleteTopics([job.topic, `${job.topic}-warm-up`]);
    }
  }
  if (action === 'consume') await log.admin().deleteTopics([input]);
  const done = results.flatMap((ofOne, index) => (ofOne.length === 0 ? [] : [index]));
  return table(
    `${action}, ${size.recordCount} values of ${size.valueBytes} bytes, one partition`,
    done.map(index => ({ client: contenders[index]!, ...ratesOf(results[index]!) })),
  );
}

interface Rates {
  readonly wall: number;
  readonly cpu: number;
}

/** Rates, as the first records of a consumer, which do not count, may be few or many. */
function ratesOf(results: readonly WorkerResult[]): Rates {
  return {
    wall: median(results.map(({ wallSeconds, recordCount }) => recordCount / wallSeconds)),
    cpu: median(results.map(({ cpuSeconds, recordCount }) => recordCount / cpuSeconds)),
  };
}

interface Measured extends Rates {
  readonly client: Client;
}

/** One line a client, with how many times as fast each way of using Millrace is. */
function table(title: string, measured: readonly Measured[]): string {
  const ours = measured.filter(({ client }) => client.way !== undefined);
  const lines = measured.map(({ client, wall, cpu }) => {
    const times = ours.map(
      of => `x${(of.wall / wall).toFixed(1)} wall, x${(of.cpu / cpu).toFixed(1)} CPU (${of.client.way})`,
    );
    const beside = client.way === undefined ? `  millrace: ${times.join(', ')}` : '';
    return `  ${client.name.padEnd(32)} ${million(wall)} M rec/s wall, ${million(cpu)} M rec/CPU-s${beside}`;
  });
  return [title, ...lines].join('\n');
}

function million(rate: number): string {
  return (rate / 1e6).toFixed(2).padStart(5);
}

async function create(log: Log, names: readonly string[]): Promise<void> {
  await log.admin().createTopics(names.map(name => ({ name, partitions: 1 })));
}

async function fill(log: Log, name: string, { recordCount, valueBytes }: { recordCount: number; valueBytes: number }) {
  await create(log, [name]);
  const producer = log.producer({ batchSizeBytes: 64 * 1024 });
  const writer = await producer.writer(topic(name, { key: bytes, value: bytes }));
  const value = Buffer.alloc(valueBytes, 'v');
  for (let record = 0; record < recordCount; record++) {
    writer.append(null, value, 0, 0);
    if ((record & 0x3ff) === 0 && producer.isFull) await producer.drained();
  }
  await producer.flush();
  await producer.close();
}

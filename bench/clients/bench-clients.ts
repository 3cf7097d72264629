// npm run bench -- clients --bootstrap HOST:PORT: Millrace's clients beside those of others, on one and the same Kafka broker. Each client is a process of its
// own, which does one job after the other; the clients take turns; medians count. The first rounds do not: clients and broker compile. CPU is the client's alone; what
// the rest of the machine took meanwhile, the broker above all, is told beside it.

import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { bytes, type Log, openLog, topic } from '../../core/index.js';
import { median } from '../measure.js';
import type { ClientJob } from './client-work.js';
import { hasKcat, kcatConsume, kcatProduce } from './kcat.js';
import { NodeClient } from './node-client.js';
import type { WorkerResult } from './worker.js';

type Action = 'produce' | 'consume';

interface Client {
  readonly name: string;
  /** Of a way to use Millrace: what the others are compared with. */
  readonly way: string | undefined;
  readonly actions: readonly Action[];
  open(action: Action): Contender;
}

interface Contender {
  run(job: ClientJob): Promise<WorkerResult>;
  close(): void;
}

interface Result extends WorkerResult {
  /** Of the whole machine but the client. */
  readonly restCpuSeconds: number;
}

type Size = Pick<ClientJob, 'bootstrap' | 'valueBytes' | 'recordCount' | 'partitionCount'>;

/** One client at one action. */
interface Entry {
  readonly client: Client;
  readonly opened: Contender;
  readonly results: Result[];
  /** It takes no part any more: in a new process it would begin with nothing compiled. */
  isOut: boolean;
}

function nodeClient(client: string, name: string, options: { way?: string; actions?: readonly Action[] } = {}): Client {
  const { way, actions = ['produce', 'consume'] } = options;
  return { name, way, actions, open: action => new NodeClient(client, action) };
}

const clients: readonly Client[] = [
  nodeClient('millrace-batches', 'millrace, as a runtime uses it', { way: 'runtime' }),
  nodeClient('millrace-lists', 'millrace, lists of records', { way: 'lists', actions: ['produce'] }),
  nodeClient('millrace-records', 'millrace, record by record', { way: 'records' }),
  nodeClient('raw', 'raw loop (a socket)'),
  nodeClient('kafkajs', 'kafkajs'),
  nodeClient('platformatic', '@platformatic/kafka'),
];

const kcat: Client = {
  name: 'librdkafka (kcat)',
  way: undefined,
  actions: ['produce', 'consume'],
  open: action => ({ run: action === 'produce' ? kcatProduce : kcatConsume, close: () => {} }),
};

/** By the third a million records take half the processor time that they take in the first. */
const warmUpRounds = 3;

export interface ClientsSize {
  /** Of each size of value. */
  readonly recordCount: number;
  readonly valueBytes: readonly number[];
  readonly partitionCount: number;
  /** That count; there are more in front of them. */
  readonly rounds: number;
}

export async function* benchClients(
  bootstrap: string,
  { recordCount, valueBytes: sizes, partitionCount, rounds }: ClientsSize,
): AsyncIterable<string> {
  const contenders = hasKcat() ? [...clients, kcat] : clients;
  await using log = await openLog(`kafka://${bootstrap}`);
  for (const valueBytes of sizes) {
    const size = { bootstrap, valueBytes, recordCount, partitionCount };
    yield await compare(log, 'produce', contenders, size, rounds);
    yield await compare(log, 'consume', contenders, size, rounds);
  }
  if (!hasKcat()) yield 'left out: librdkafka (no kcat on the PATH: apt-get install kcat)';
}

async function compare(log: Log, action: Action, all: readonly Client[], size: Size, rounds: number): Promise<string> {
  const entries = all
    .filter(({ actions }) => actions.includes(action))
    .map((client): Entry => ({ client, opened: client.open(action), results: [], isOut: false }));
  try {
    await takeTurns(log, action, entries, { ...size, rounds });
  } finally {
    for (const { opened } of entries) opened.close();
  }
  return table(
    `${action}, ${size.recordCount} values of ${size.valueBytes} bytes, ${size.partitionCount} ${size.partitionCount === 1 ? 'partition' : 'partitions'}`,
    entries.filter(({ results }) => results.length > 0).map(({ client, results }) => ({ client, ...ratesOf(results) })),
  );
}

async function takeTurns(
  log: Log,
  action: Action,
  entries: readonly Entry[],
  { rounds, ...size }: Size & { rounds: number },
): Promise<void> {
  const runId = `bench-${process.pid}-${action}-${size.valueBytes}`;
  const input = `${runId}-input`;
  if (action === 'consume') await fill(log, input, size);
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      // Whoever comes behind a slow one finds the disk at rest: in each round it is another.
      const index = (turn + round) % entries.length;
      const entry = entries[index]!;
      if (entry.isOut) continue;
      const id = `${runId}-${round}-${index}`;
      const job: ClientJob = { ...size, runId: id, topic: action === 'produce' ? id : input };
      if (action === 'produce') await create(log, job);
      // What the one before has written is on its way to the disk for seconds, and would be in the way of whoever comes next.
      await promisify(execFile)('sync');
      const busyBefore = busySeconds();
      const result = await entry.opened.run(job).catch(failed => failed as Error);
      const busy = busySeconds() - busyBefore;
      if (result instanceof Error) {
        entry.isOut = true;
        console.error(`left out: ${action} by ${entry.client.name} from round ${round} on: ${result.message}`);
      } else if (round >= warmUpRounds) entry.results.push({ ...result, restCpuSeconds: busy - result.cpuSeconds });
      if (action === 'produce') await log.admin().deleteTopics([job.topic]);
    }
  }
  if (action === 'consume') await log.admin().deleteTopics([input]);
}

interface Rates {
  readonly wall: number;
  readonly cpu: number;
  /** CPU seconds of the rest of the machine for a million records. */
  readonly rest: number;
}

/** Rates, as the first records of a consumer, which do not count, may be few or many. */
function ratesOf(results: readonly Result[]): Rates {
  return {
    wall: median(results.map(({ wallSeconds, recordCount }) => recordCount / wallSeconds)),
    cpu: median(results.map(({ cpuSeconds, recordCount }) => recordCount / cpuSeconds)),
    rest: median(results.map(({ restCpuSeconds, recordCount }) => (restCpuSeconds * 1e6) / recordCount)),
  };
}

interface Measured extends Rates {
  readonly client: Client;
}

/** One line a client, with how many times as fast each way of using Millrace is. */
function table(title: string, measured: readonly Measured[]): string {
  const ours = measured.filter(({ client }) => client.way !== undefined);
  const lines = measured.map(({ client, wall, cpu, rest }) => {
    const times = ours.map(
      of => `x${(of.wall / wall).toFixed(1)} wall, x${(of.cpu / cpu).toFixed(1)} CPU (${of.client.way})`,
    );
    const beside = client.way === undefined ? `  millrace: ${times.join(', ')}` : '';
    return `  ${client.name.padEnd(32)} ${million(wall)} M rec/s wall, ${million(cpu)} M rec/CPU-s, the rest ${rest.toFixed(2)} CPU-s/M rec${beside}`;
  });
  return [title, ...lines].join('\n');
}

function million(rate: number): string {
  return (rate / 1e6).toFixed(2).padStart(5);
}

/** Of all cores, since the machine was started. */
function busySeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000;
}

type Place = Pick<ClientJob, 'topic' | 'partitionCount'>;

async function create(log: Log, { topic: name, partitionCount: partitions }: Place): Promise<void> {
  await log.admin().createTopics([{ name, partitions }]);
  // A broker hears later than a topic is there that it leads it: whoever asks now waits for that, so that no client has to.
  await using consumer = log.consumer();
  await consumer.endOffsets(Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })));
}

async function fill(log: Log, name: string, { recordCount, valueBytes, partitionCount }: Size): Promise<void> {
  await create(log, { topic: name, partitionCount });
  const producer = log.producer({ batchSizeBytes: 64 * 1024 });
  const writer = await producer.writer(topic(name, { key: bytes, value: bytes }));
  const value = Buffer.alloc(valueBytes, 'v');
  for (let record = 0; record < recordCount; record++) {
    writer.append(null, value, 0);
    if ((record & 0x3ff) === 0 && producer.isFull) await producer.drained();
  }
  await producer.flush();
  await producer.close();
}

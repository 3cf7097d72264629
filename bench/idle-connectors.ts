import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker } from '../connect/index.js';
import { fileSink, fileSource } from '../connectors/file/index.js';
import { openLog } from '../core/index.js';

const settleMs = 15_000;

interface Idle {
  readonly kind: string;
  config(at: number): Readonly<Record<string, unknown>>;
}

/**
 * What connectors cost that have nothing to do: so many that read a topic each, and so many that tail a file each. CPU time of the process over wall time, in
 * percent of one core; beside it the log alone.
 */
export async function benchIdleConnectors(count: number, seconds: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-idle-'));
  try {
    await prepare(directory, count);
    const sink: Idle = {
      kind: 'sinks',
      config: at => ({
        'connector.class': 'FileSink',
        'value.converter': 'string',
        topics: `topic-${at}`,
        directory: join(directory, `out-${at}`),
      }),
    };
    const source: Idle = {
      kind: 'file sources',
      config: at => ({
        'connector.class': 'FileSource',
        file: join(directory, `${at}.txt`),
        topic: `topic-${at}`,
        format: 'lines',
      }),
    };
    const lines: string[] = [];
    for (const idle of [sink, source]) lines.push(await measured(idle, count, seconds));
    return lines.join('\n');
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function prepare(directory: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) await writeFile(join(directory, `${at}.txt`), 'one line\n');
}

async function measured({ kind, config }: Idle, count: number, seconds: number): Promise<string> {
  await using log = await openLog('memory:');
  const sleep = (ms: number) => log.ports.clock.sleep(ms);
  await using admin = log.admin();
  await admin.createTopics(Array.from({ length: count }, (_, at) => ({ name: `topic-${at}`, partitions: 1 })));
  const alone = await share(seconds, sleep);
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  await using worker = await startWorker(log, {
    config: {},
    plugins: [
      { class: 'millrace.FileSource', aliases: [], version: '0', kind: 'source', definition: fileSource },
      { class: 'millrace.FileSink', aliases: [], version: '0', kind: 'sink', definition: fileSink },
    ],
    logger: quiet,
  });
  for (let at = 0; at < count; at++) await worker.create({ name: `idle-${at}`, config: config(at) });
  const running = () => worker.connectors().filter(name => worker.status(name).tasks[0]?.state === 'RUNNING').length;
  while (running() < count) await sleep(200);
  await sleep(settleMs);
  const idle = await share(seconds, sleep);
  return `${count} idle ${kind}, for ${seconds} s: ${idle.toFixed(2)} % of a core (the log alone: ${alone.toFixed(2)} %)`;
}

async function share(seconds: number, sleep: (ms: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10_000 / seconds;
}

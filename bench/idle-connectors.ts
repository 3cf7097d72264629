import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker } from '../connect/index.js';
import { fileSink, fileSource } from '../connectors/file/index.js';
import { openLog } from '../core/index.js';

const settleMs = 20_000;

/**
 * What connectors cost that have nothing to do: half of them tail a file, half read a topic. CPU time of the process over wall time, in percent of one core;
 * first of the process with the log alone.
 */
export async function benchIdleConnectors(count: number, seconds: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-idle-'));
  try {
    await using log = await openLog('memory:');
    const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const sleep = (ms: number) => log.ports.clock.sleep(ms);
    const alone = await share(seconds, sleep);
    await using worker = await startWorker(log, {
      config: {},
      plugins: [
        { class: 'millrace.FileSource', aliases: [], version: '0', kind: 'source', definition: fileSource },
        { class: 'millrace.FileSink', aliases: [], version: '0', kind: 'sink', definition: fileSink },
      ],
      logger: quiet,
    });
    for (let at = 0; at < count / 2; at++) {
      const file = join(directory, `${at}.txt`);
      await writeFile(file, 'one line\n');
      const topic = `topic-${at}`;
      await worker.create({
        name: `source-${at}`,
        config: { 'connector.class': 'FileSource', file, topic, format: 'lines' },
      });
      const sink = {
        'connector.class': 'FileSink',
        'value.converter': 'string',
        topics: topic,
        directory: join(directory, `out-${at}`),
      };
      await worker.create({ name: `sink-${at}`, config: sink });
    }
    const running = () => worker.connectors().filter(name => worker.status(name).tasks[0]?.state === 'RUNNING').length;
    while (running() < Math.floor(count / 2) * 2) await sleep(200);
    await sleep(settleMs);
    const idle = await share(seconds, sleep);
    return `${running()} idle connectors, for ${seconds} s: ${idle.toFixed(2)} % of a core (the log alone: ${alone.toFixed(2)} %)`;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function share(seconds: number, sleep: (ms: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10_000 / seconds;
}

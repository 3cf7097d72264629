// What the tests of the worker share: plugins, a worker whose logs are kept, and waiting until it says what it shall.

import type { ExecutionContext } from 'ava';
import { z } from 'zod';
import { ConfigError, defineSource, option } from '../../../connect/api/index.js';
import { type ConnectorPlugin, startWorker, type Worker, type WorkerOptions } from '../../../connect/index.js';
import { fileSink, fileSource } from '../../../connectors/file/index.js';
import type { Log } from '../../../core/index.js';
import { plainSink } from '../plain-connectors.js';
import { until } from '../until.js';

/** Counts up, some numbers a poll, from where it was left; waits where it shall not go on. */
const numbers = defineSource({
  name: 'numbers',
  version: '1',
  description: 'Counts.',
  config: z.object({
    count: option.integer(0).describe('How many.'),
    secret: option.secret().optional().describe('Is shown nowhere.'),
    'fail.at': option.integer().default(-1).describe('Fails there, naming its secret.'),
  }),
  tasks: (config, tasksMax) => Array.from({ length: tasksMax }, (_, at) => ({ ...config, count: config.count + at })),
  alterOffsets: (_config, offsets) => {
    for (const { offset } of offsets) if (offset !== null && !('next' in offset)) throw new ConfigError('no next');
    return true;
  },
  start({ count, secret, 'fail.at': failAt }, context) {
    const partition = { of: `numbers-${context.task}` };
    let next = Number(context.offset(partition)?.['next'] ?? 0);
    return {
      async poll(signal) {
        if (next === failAt) throw new Error(`the password is ${secret}`);
        if (next < count) return [{ partition, offset: { next: ++next }, records: [{ key: 'n', value: next - 1 }] }];
        await context.clock.sleep(60_000, signal).catch(() => undefined);
        return [];
      },
    };
  },
});

/** What the sinks of this process were given, by the name of their connector. */
export const taken = new Map<string, unknown[]>();
/** How many records each `put` of the sinks had, by the name of their connector. */
export const puts = new Map<string, number[]>();
/** What the sinks of that name do first with each record. */
export const acts = new Map<string, (value: unknown) => void | Promise<void>>();

const collector = plainSink({
  name: 'collector',
  start: (_config, { connector }) => ({
    async put(batches) {
      const values = batches.flatMap(({ records }) => records.map(({ value }) => value));
      for (const value of values) await acts.get(connector)?.(value);
      puts.set(connector, [...(puts.get(connector) ?? []), values.length]);
      taken.set(connector, [...(taken.get(connector) ?? []), ...values]);
    },
  }),
});

export const plugins: readonly ConnectorPlugin[] = [
  { class: 'test.NumbersConnector', aliases: [], version: '1', kind: 'source', definition: numbers },
  { class: 'test.CollectorConnector', aliases: [], version: '1', kind: 'sink', definition: collector },
  { class: 'millrace.FileSource', aliases: [], version: '1', kind: 'source', definition: fileSource },
  { class: 'millrace.FileSink', aliases: [], version: '1', kind: 'sink', definition: fileSink },
];

export interface WorkerUnderTest {
  readonly worker: Worker;
  readonly lines: readonly string[];
}

/** Closed with its test, also with one that fails: what goes on running would hold its file up. */
export async function workerOn(
  t: Pick<ExecutionContext, 'teardown'>,
  log: Log,
  config: Readonly<Record<string, unknown>> = {},
  more: Pick<WorkerOptions, 'connectAs' | 'secretsKey' | 'transforms'> & {
    readonly plugins?: readonly ConnectorPlugin[];
  } = {},
): Promise<WorkerUnderTest> {
  const lines: string[] = [];
  const keep = (message: string, facts?: object) => void lines.push(`${message} ${JSON.stringify(facts ?? {})}`);
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const worker = await startWorker(log, {
    config: { 'offset.flush.interval.ms': 20, ...config },
    plugins,
    logger,
    workerId: 'here:8083',
    ...more,
  });
  t.teardown(() => worker.close());
  return { worker, lines };
}

/** `RUNNING: RUNNING RUNNING`: the connector, then its tasks; empty where there is no status. */
export function statesOf(worker: Worker, name: string): string {
  try {
    const { connector, tasks } = worker.status(name);
    return `${connector.state}:${tasks.map(task => ` ${task.state}`).join('')}`;
  } catch {
    return '';
  }
}

export function untilStates(log: Log, worker: Worker, name: string, states: string): Promise<void> {
  const found = () => statesOf(worker, name);
  return until(
    log,
    () => found() === states,
    () => `${name} is "${states}" and not "${found()}"`,
  );
}

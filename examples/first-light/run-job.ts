// The pipeline: files into topics, topics through the topology, results into files. The files are read to their end first, so that
// the application meets every partition complete and takes, over all of them, the oldest record next: however many partitions
// there are, no record is late that would not be late in one.

import type { Log, Summary } from 'millrace';
import { type ConnectorHandle, type ConnectorSummary, startConnector } from 'millrace/connect';
import { fileSink, fileSource } from 'millrace/connectors/file';
import { type Instance, startInstance } from './instance.js';
import type { Job, JobSource } from './job.js';
import { type LiveTable, whole } from './live-table.js';

export interface Outcome {
  readonly sources: readonly (ConnectorSummary & { readonly name: string })[];
  /** Of each instance. */
  readonly apps: readonly Summary[];
  readonly sink: ConnectorSummary;
}

/** Where lines of a source go that cannot be read. */
export function deadLetterTopic(source: string): string {
  return `${source}-dead-letters`;
}

/** Keeps how far the sources have read. */
export function sourceOffsetsTopic(job: Job): string {
  return `${job.name}-source-offsets`;
}

export function sinkName(job: Job): string {
  return `${job.results}-files`;
}

export interface Places {
  readonly outDirectory: string;
  /** Beside the data of the log by default; a cluster has no such place. */
  readonly stateDirectory?: string | undefined;
  /** How many instances of the application share the work. Default 1. */
  readonly instanceCount?: number;
  /** Starts an instance elsewhere. By default all run in this process. */
  readonly startProcess?: (() => Promise<Instance>) | undefined;
}

// What fails rejects `done` and is told once, at the end; lines that cannot be read are counted in the summary.
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Runs a job to its end. */
export async function runJob(log: Log, job: Job, places: Places, table: LiveTable): Promise<Outcome> {
  // The events are as old as they are: a broker that keeps a week would take them away under our hands.
  const configs = { 'retention.ms': '-1' };
  await log.admin().createTopics(job.topics.map(topic => ({ ...topic, configs })));
  const sources: Outcome['sources'][number][] = [];
  for (const source of job.sources) sources.push({ name: source.name, ...(await readFile(log, job, source, table)) });
  await using sink = await startConnector(log, {
    name: sinkName(job),
    connector: fileSink,
    config: { topics: job.results, directory: places.outDirectory },
    logger: silent,
  });
  const apps = await runTopology(log, job, places, table);
  return { sources, apps, sink: await sink.finish() };
}

async function readFile(log: Log, job: Job, source: JobSource, table: LiveTable): Promise<ConnectorSummary> {
  await using handle = await startConnector(log, {
    name: `${source.name}-file`,
    connector: fileSource,
    config: {
      mode: 'once',
      'errors.deadletterqueue.topic.name': deadLetterTopic(source.name),
      'offsets.storage.topic': sourceOffsetsTopic(job),
      ...source.config,
    },
    logger: silent,
  });
  return await table.during(`read ${source.name}`, readingOf(handle), handle.done);
}

function readingOf(handle: ConnectorHandle) {
  return {
    fraction: () => handle.progress().fraction ?? 0,
    status: () => `${whole(handle.progress().records)} records`,
  };
}

async function runTopology(log: Log, job: Job, places: Places, table: LiveTable): Promise<readonly Summary[]> {
  const { stateDirectory, instanceCount = 1 } = places;
  const startHere = () => startInstance(log, job.topology, stateDirectory);
  const startOther = places.startProcess ?? startHere;
  const starting = Array.from({ length: instanceCount }, (_, index) => (index === 0 ? startHere() : startOther()));
  const instances = await allStarted(starting);
  const sum = (name: 'recordsIn' | 'recordsOut' | 'lag') =>
    instances.reduce((all, instance) => all + instance.progress()[name], 0);
  const step = {
    fraction: () => fractionOf({ recordsIn: sum('recordsIn'), lag: sum('lag') }),
    status: () => `${whole(sum('recordsIn'))} records, ${whole(sum('recordsOut'))} results`,
    rows: () => job.rows(),
  };
  try {
    return await table.during('process', step, Promise.all(instances.map(instance => instance.finish())));
  } finally {
    await Promise.all(instances.map(instance => instance.close()));
  }
}

/** Where one cannot start, the others are stopped. */
async function allStarted(starting: readonly Promise<Instance>[]): Promise<readonly Instance[]> {
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
  const failure = settled.find(each => each.status === 'rejected');
  if (failure === undefined) return started;
  await Promise.all(started.map(instance => instance.close()));
  throw failure.reason;
}

function fractionOf({ recordsIn, lag }: { recordsIn: number; lag: number }): number {
  return recordsIn === 0 ? 0 : recordsIn / (recordsIn + lag);
}

// The pipeline: files into topics, topics through the topology, results into files. The files are read to their end first, so that
// the application meets every partition complete and takes, over all of them, the oldest record next: however many partitions
// there are, no record is late that would not be late in one.

import { type Log, runApp, type Summary } from 'millrace';
import { type ConnectorHandle, type ConnectorSummary, startConnector } from 'millrace/connect';
import { fileSink, fileSource } from 'millrace/connectors/file';
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
  const options = {
    log,
    applicationId: job.name,
    // However many share the work, the oldest record over all partitions is taken next.
    sharing: 'time-ordered',
    ...(stateDirectory !== undefined && { stateDirectory }),
  } as const;
  const apps = await Promise.all(Array.from({ length: instanceCount }, () => runApp(job.topology, options)));
  const sum = (name: 'recordsIn' | 'recordsOut' | 'lag') => apps.reduce((all, app) => all + app.metrics()[name], 0);
  const step = {
    fraction: () => fractionOf({ recordsIn: sum('recordsIn'), lag: sum('lag') }),
    status: () => `${whole(sum('recordsIn'))} records, ${whole(sum('recordsOut'))} results`,
    rows: () => job.rows(),
  };
  try {
    return await table.during('process', step, Promise.all(apps.map(app => app.finish())));
  } finally {
    await Promise.all(apps.map(app => app.close()));
  }
}

function fractionOf({ recordsIn, lag }: { recordsIn: number; lag: number }): number {
  return recordsIn === 0 ? 0 : recordsIn / (recordsIn + lag);
}

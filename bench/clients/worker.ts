// One client in one process that lives as long as the bench: node worker.js CLIENT produce|consume. Each message is a job, each answer a WorkerResult
// (or the text of what went wrong). What is measured is what a service has that runs for days: its code is compiled by the jobs that came before.

import type { ClientJob, ClientWork } from './client-work.js';

export interface WorkerResult {
  readonly recordCount: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

export type WorkerAnswer = { readonly result: WorkerResult } | { readonly failure: string };

/** Each client is loaded alone. */
const works: Readonly<Record<string, () => Promise<ClientWork>>> = {
  'millrace-batches': async () => (await import('./millrace-client.js')).millraceBatches,
  'millrace-records': async () => (await import('./millrace-client.js')).millraceRecords,
  'millrace-lists': async () => (await import('./millrace-client.js')).millraceLists,
  raw: async () => (await import('./raw-client.js')).rawClient,
  kafkajs: async () => (await import('./kafkajs-client.js')).kafkajsClient,
  platformatic: async () => (await import('./platformatic-client.js')).platformaticClient,
};

interface Start {
  readonly ms: number;
  readonly cpu: NodeJS.CpuUsage;
}

const now = (): Start => ({ ms: performance.now(), cpu: process.cpuUsage() });

function since({ ms, cpu }: Start, recordCount: number): WorkerResult {
  const { user, system } = process.cpuUsage(cpu);
  return { recordCount, wallSeconds: (performance.now() - ms) / 1000, cpuSeconds: (user + system) / 1e6 };
}

async function produce(work: ClientWork, job: ClientJob): Promise<WorkerResult> {
  const start = now();
  await work.produce!(job);
  return since(start, job.recordCount);
}

async function consume(work: ClientWork, job: ClientJob): Promise<WorkerResult> {
  let start = now();
  let atStart = 0;
  await work.consume!(job, recordCount => {
    start = now();
    atStart = recordCount;
  });
  return since(start, job.recordCount - atStart);
}

const [client, action] = process.argv.slice(2) as [string, 'produce' | 'consume'];
const work = await works[client]!();
const measure = action === 'produce' ? produce : consume;
process.on('message', job => {
  measure(work, job as ClientJob).then(
    result => answer({ result }),
    error => answer({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0)); // clients that leave timers behind

function answer(text: WorkerAnswer): void {
  process.send!(text);
}

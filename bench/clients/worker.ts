// One client, one job, one process: node worker.js CLIENT produce|consume JOB. The job is done once before, on another topic or in another group,
// so that what is measured is compiled code. Prints a WorkerResult as JSON.

import type { ClientJob, ClientWork } from './client-work.js';

export interface WorkerResult {
  readonly recordCount: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

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
  await work.produce!({ ...job, topic: `${job.topic}-warm-up` });
  const start = now();
  await work.produce!(job);
  return since(start, job.recordCount);
}

async function consume(work: ClientWork, job: ClientJob): Promise<WorkerResult> {
  await work.consume!({ ...job, runId: `${job.runId}-warm-up` }, () => undefined);
  let start = now();
  let atStart = 0;
  await work.consume!(job, recordCount => {
    start = now();
    atStart = recordCount;
  });
  return since(start, job.recordCount - atStart);
}

const [client, action, text] = process.argv.slice(2) as [string, 'produce' | 'consume', string];
const work = await works[client]!();
const job = JSON.parse(text) as ClientJob;
console.log(JSON.stringify(await (action === 'produce' ? produce : consume)(work, job)));
process.exit(0); // clients that leave timers behind

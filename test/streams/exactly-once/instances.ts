// A program for the kill -9 tests: one or more instances of the quotes app in this process, as argv[2] (JSON) says. They start one after the
// other; those that are to leave are closed once they have tasks; the rest runs to the end of the input, or is told what to do through
// stdin, a word a line: `finish` or `close`.

import { createInterface } from 'node:readline';
import { openLog } from '../../../core/index.js';
import type { AppOptions } from '../../../streams/runtime/app-options.js';
import { RunningApp } from '../../../streams/runtime/running-app.js';
import { planted } from './planted-bugs.js';
import { quotesTopology } from './quotes.js';

export interface InstancesOptions {
  readonly url: string;
  readonly applicationId: string;
  readonly words: string;
  readonly minutes: string;
  readonly count: number;
  /** How many of them leave before the end. */
  readonly leaving: number;
  /** Waits for a word on stdin instead of finishing at once. */
  readonly isTold: boolean;
  readonly stateDirectory?: string;
  readonly plantedBug?: string;
}

const options = JSON.parse(process.argv[2]!) as InstancesOptions;
const log = await openLog(options.url, options.url.startsWith('file:') ? { flush: 'os' } : {});
const { clock } = log.ports;
const apps: RunningApp[] = [];
for (let number = 1; number <= options.count; number++) {
  const plan = quotesTopology(options.applicationId, options).build();
  const appOptions: AppOptions = {
    log,
    processingGuarantee: 'exactly_once',
    commitInterval: '20ms',
    sessionTimeout: '6s',
    transactionTimeout: '10s',
    ...(options.stateDirectory !== undefined && { stateDirectory: options.stateDirectory }),
  };
  const parts = { plan, applicationId: options.applicationId, log, ownsLog: false, options: appOptions };
  const app = new RunningApp({ ...parts, plants: planted(options.plantedBug) });
  await app.start();
  apps.push(app);
  console.log('started');
}
void Promise.all(apps.map(app => app.closed)).then(() => clearInterval(alive));
const alive = setInterval(() => {}, 1_000);
for (let left = 0; left < options.leaving; left++) {
  const leaver = apps.pop()!;
  while (leaver.metrics().tasks === 0 && leaver.failure === undefined) await clock.sleep(10);
  await leaver.close();
  if (leaver.failure !== undefined) throw leaver.failure;
}
const word = options.isTold ? await nextLine() : 'finish';
const summaries = await Promise.all(apps.map(app => (word === 'close' ? app.close() : app.finish())));
console.log(JSON.stringify(summaries));
await log.close();
process.exit(0);

function nextLine(): Promise<string> {
  // Whoever started this is gone: so is its purpose.
  return new Promise(resolve =>
    createInterface(process.stdin)
      .once('line', resolve)
      .once('close', () => resolve('close')),
  );
}

// One more instance of the application in a process of its own, as it would run on another machine. The one that started it says when the input is
// complete and is told how far this one is, and its results, for the table.

import { openLog, type Summary } from 'millrace';
import { interval } from 'rxjs';
import { accessLogTopology } from './access-log.js';
import { exitCodeOf } from './exit-code.js';
import { flightsTopology } from './flights.js';
import { type Instance, startInstance } from './instance.js';
import { readOptions } from './options.js';

/** To the process that started this one. */
export interface Told {
  readonly progress: ReturnType<Instance['progress']>;
  /** Since it was last told. */
  readonly results: readonly unknown[];
  readonly summary?: Summary;
}

const tellMs = 100;

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  let results: unknown[] = [];
  const topologyOf = options.file === undefined ? flightsTopology : accessLogTopology;
  await using log = await openLog(options.url!);
  const instance = await startInstance(
    log,
    topologyOf(options, result => results.push(result)),
  );
  const tell = (summary?: Summary) => {
    const told: Told = { progress: instance.progress(), results, ...(summary !== undefined && { summary }) };
    results = [];
    process.send!(told);
  };
  const telling = interval(tellMs).subscribe(() => tell());
  // Whoever started this is gone: what is not committed is done again by the next run.
  process.once('disconnect', () => process.exit(1));
  tell();
  await new Promise(resolve => process.once('message', resolve));
  const summary = await instance.finish();
  telling.unsubscribe();
  tell(summary);
  await instance.close();
  process.removeAllListeners('disconnect');
  process.disconnect();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(exitCodeOf(error));
});

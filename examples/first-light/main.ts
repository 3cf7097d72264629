// npm start: the first light of Millrace. Real events go from a file through a partitioned log, a streams application and a sink, all in this
// process, or on the cluster that --url names: flights of early 2001, or the access log that the command line names.

import { join } from 'node:path';
import { openLog, WorldFault } from 'millrace';
import { accessLogJob } from './access-log.js';
import { beginOnCluster } from './begin-on-cluster.js';
import { beginAnew } from './directories.js';
import { exitCodeOf, Unreachable } from './exit-code.js';
import { flightsJob } from './flights.js';
import { LiveTable } from './live-table.js';
import { readOptions, usage } from './options.js';
import { runJob } from './run-job.js';
import { startProcess } from './start-process.js';
import { summaryLines } from './summary.js';

async function main(args: string[]): Promise<void> {
  if (args.includes('--help')) {
    console.log(usage);
    return;
  }
  const options = readOptions(args);
  const wasHereBefore = await beginAnew(options.dataDirectory, options.outDirectory);
  if (wasHereBefore) console.log('Beginning anew: the data and results of the last run are removed.');
  const job = options.file === undefined ? flightsJob(options) : accessLogJob(options.file, options);
  await using log = await openLog(options.url ?? `file:${options.dataDirectory}`).catch(rethrowUnreachable);
  if (options.url !== undefined && (await beginOnCluster(log, job)))
    console.log(`Beginning anew on ${log.url}: the topics of the last run are removed.`);
  const stateDirectory = options.url === undefined ? undefined : join(options.dataDirectory, 'state');
  const outcome = await runJob(
    log,
    job,
    {
      outDirectory: options.outDirectory,
      stateDirectory,
      instanceCount: options.instanceCount,
      // On a cluster each is a process of its own, as it would be on another machine.
      ...(options.url !== undefined && { startProcess: () => startProcess(args, result => job.show(result)) }),
    },
    new LiveTable(process.stdout, job.heading),
  );
  for (const line of summaryLines(job, outcome, options, log.url)) console.log(line);
}

function rethrowUnreachable(error: unknown): never {
  if (error instanceof WorldFault) throw new Unreachable(error.message, { cause: error });
  throw error;
}

// A reader that has gone away (`| head`) costs the words, not the run: its results are the files.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = exitCodeOf(error);
});

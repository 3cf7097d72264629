import type { Command } from 'commander';
import type { Log } from '../../core/index.js';
import type { StreamsApp, Summary } from '../../streams/index.js';
import { interruptSignal } from '../interrupt.js';
import { loadModule } from '../load-module.js';
import { printLines } from '../output.js';
import { wantsJson, withLog } from '../place.js';
import { programOf } from '../program-of.js';

interface Options {
  readonly applicationId?: string;
  readonly finish?: boolean;
}

/** `millrace run MODULE`: runs what the module exports, until an interrupt or (with --finish) until its input is processed. */
export function addRun(root: Command): void {
  root
    .command('run')
    .description('run the topology, or the function (log) => app, that a module exports')
    .argument('<module>', 'a JavaScript or TypeScript module')
    .option('--application-id <id>', 'names the group and the internal topics (default: the name of the topology)')
    .option('--finish', 'process what is there now, close every window, and end')
    .action(async (module: string, options: Options, command: Command) => {
      const program = programOf(await loadModule(module), module);
      await withLog(command, 'create', async log => {
        const app = await program(log, options.applicationId);
        if (options.finish === true) await finish(app, wantsJson(command));
        else await runUntilInterrupt(app, log, module);
      });
    });
}

async function finish(app: StreamsApp, isJson: boolean): Promise<void> {
  const summary = await app.finish();
  await printLines([isJson ? JSON.stringify(summary) : summaryLine(summary)]);
}

function summaryLine({ applicationId, recordsIn, recordsOut, lateRecords, deadLetters }: Summary): string {
  return `${applicationId}: ${recordsIn} records in, ${recordsOut} out, ${lateRecords} late, ${deadLetters} dead letters`;
}

async function runUntilInterrupt(app: StreamsApp, log: Log, module: string): Promise<void> {
  const interrupted = new Promise<void>(resolve => {
    interruptSignal().addEventListener('abort', () => resolve(), { once: true });
  });
  process.stderr.write(`running ${module} on ${log.url}; Ctrl-C ends it\n`);
  await Promise.race([app.closed, interrupted]);
  await app.close();
  if (app.failure !== undefined) throw app.failure;
}

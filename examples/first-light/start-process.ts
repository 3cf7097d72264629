import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Summary } from 'millrace';
import type { Instance } from './instance.js';
import type { Told } from './instance-process.js';

const program = fileURLToPath(new URL('instance-process.js', import.meta.url));

/** Starts an instance in a process of its own, by the same command line; resolves when it has its share. `show` is given its results. */
export async function startProcess(args: readonly string[], show: (result: unknown) => void): Promise<Instance> {
  const child = fork(program, [...args]);
  const exit = once(child, 'exit');
  const ended = exit.then(([code]) => {
    throw new Error(`an instance of the application ended by itself (exit code ${code}): see what it said above`);
  });
  ended.catch(() => undefined);
  let last: Told | undefined;
  const finished = new Promise<Summary>(resolve => {
    child.on('message', (told: Told) => {
      last = told;
      for (const result of told.results) show(result);
      if (told.summary !== undefined) resolve(told.summary);
    });
  });
  await Promise.race([once(child, 'message'), ended]);
  return {
    progress: () => last!.progress,
    async finish() {
      child.send('finish');
      return await Promise.race([finished, ended]);
    },
    async close() {
      if (last?.summary === undefined) child.kill();
      await exit;
    },
  };
}

// Each run begins anew: what an earlier run of this example left is removed first. A data directory that holds anything else is never
// touched, nor one that a running process holds; in the output directory only files of this example's results are removed.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLog, UsageError, WorldFault } from 'millrace';
import { HeldElsewhere } from './exit-code.js';

const marker = '.first-light';
// As the file sink names what it writes: the topic, then partition and offsets.
const resultFile = /^\.?(delays-per-state|traffic-per-path)\+/;

/** Makes both directories, without results of an earlier run; says whether there were any. */
export async function beginAnew(data: string, out: string): Promise<boolean> {
  if (data === out) throw new UsageError(`--data and --out are both ${data}: give two directories`);
  refuseFile('--data', data);
  refuseFile('--out', out);
  const wasHereBefore = existsSync(join(data, marker));
  if (!wasHereBefore && existsSync(data) && readdirSync(data).length > 0) {
    throw new UsageError(
      `${data} holds files that are not of this example: give an empty or a new directory by --data`,
    );
  }
  // Whoever can open the log holds it alone: nothing that is in use is removed.
  if (wasHereBefore) await refuseHeld(data);
  const oldResults = existsSync(out) ? readdirSync(out).filter(name => resultFile.test(name)) : [];
  writing(data, () => {
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, marker), 'Made by npm start. The next run empties this directory.\n');
    // The marker stays: a run that is killed in the middle of this leaves a directory that the next one still knows as its own.
    for (const name of readdirSync(data).filter(entry => entry !== marker))
      rmSync(join(data, name), { recursive: true });
  });
  writing(out, () => {
    mkdirSync(out, { recursive: true });
    for (const name of oldResults) rmSync(join(out, name));
  });
  return wasHereBefore || oldResults.length > 0;
}

function refuseFile(option: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new UsageError(`${option} ${path} is no directory`);
  }
}

/** The directory is a valid one: openLog refuses it for one reason only, which its message tells. */
async function refuseHeld(data: string): Promise<void> {
  try {
    await (await openLog(`file:${data}`)).close();
  } catch (error) {
    if (error instanceof UsageError) throw new HeldElsewhere(error.message, { cause: error });
    throw error;
  }
}

function writing(directory: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new WorldFault(`cannot write to ${directory} (${reason}): name another with --data DIR and --out DIR`, {
      cause: error,
      isRetriable: false,
    });
  }
}

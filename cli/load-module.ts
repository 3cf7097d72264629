// Imports a user's module. TypeScript is taken as it is where Node strips types itself (22.18 and up); on older Node the `tsx` of
// the user's project does it, and where there is none the message says what to do.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInput } from './exit-code.js';
import { nearestEntry } from './nearest-entry.js';

/** The exports of the module at `path` (relative to the working directory). */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw new InvalidInput(`there is no file ${path}${await nearestEntry(path)}`);
  const url = pathToFileURL(file).href;
  if (/\.[cm]?tsx?$/.test(file) && !stripsTypes()) return await importThroughTsx(file, url);
  return (await import(url)) as Record<string, unknown>;
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}

async function importThroughTsx(file: string, url: string): Promise<Record<string, unknown>> {
  let entry: string;
  try {
    entry = createRequire(file).resolve('tsx/esm/api');
  } catch {
    throw new InvalidInput(
      `${basename(file)} is TypeScript, which Node ${process.versions.node} does not run: use Node 22.18 or later, or npm install --save-dev tsx`,
    );
  }
  const { register } = (await import(pathToFileURL(entry).href)) as { register: () => unknown };
  register();
  return (await import(url)) as Record<string, unknown>;
}

// Imports a user's module. TypeScript is taken as it is where Node strips types itself (22.18 and up); on older Node the `tsx` of
// the user's project does it, and where there is none the message says what to do.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInput } from './exit-code.js';
import { nearestEntry } from './nearest-entry.js';

/** The exports of the module at `path` (relative to the working directory). */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw new InvalidInput(`there is no file ${path}${await nearestEntry(path)}`);
  const url = pathToFileURL(file).href;
  try {
    if (/\.[cm]?tsx?$/.test(file) && !stripsTypes()) return await importThroughTsx(file, url);
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    // Its stack begins in Node's loader and names no file.
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInput(`${path}, or what it imports, is no valid module: ${error.message}`);
  }
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}

/** A folder without a package.json of `"type": "module"` makes TypeScript CommonJS to tsx: so both of its loaders are needed. */
async function importThroughTsx(file: string, url: string): Promise<Record<string, unknown>> {
  for (const entry of tsxEntries(file)) {
    const { register } = (await import(entry)) as { register: () => unknown };
    register();
  }
  return (await import(url)) as Record<string, unknown>;
}

/** The URLs of tsx's loaders as the user's file would import them. (`require.resolve` would find builds that do not register.) */
function tsxEntries(file: string): string[] {
  let manifestPath: string;
  try {
    manifestPath = createRequire(file).resolve('tsx/package.json');
  } catch {
    throw new InvalidInput(
      `${basename(file)} is TypeScript, which Node ${process.versions.node} does not run: use Node 22.18 or later, or npm install --save-dev tsx`,
    );
  }
  const { exports } = JSON.parse(readFileSync(manifestPath, 'utf8')) as TsxManifest;
  return [exports['./cjs/api'], exports['./esm/api']].map(
    entry => pathToFileURL(join(dirname(manifestPath), entry.import.default)).href,
  );
}

interface TsxManifest {
  readonly exports: Readonly<Record<'./cjs/api' | './esm/api', { readonly import: { readonly default: string } }>>;
}

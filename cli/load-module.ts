import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidInput } from './exit-code.js';
import { nearestEntry } from './nearest-entry.js';

/** The exports of a user's module, JavaScript or TypeScript, at `path` (relative to the working directory). */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw new InvalidInput(`there is no file ${path}${await nearestEntry(path)}`);
  const { importModule } = await import('../core/index.js');
  try {
    return await importModule(file);
  } catch (error) {
    // Its stack begins in Node's loader and names no file.
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInput(`${path}, or what it imports, is no valid module: ${error.message}`);
  }
}

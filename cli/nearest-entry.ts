import { readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** ` (did you mean "x"?)` for a path that is not there, if its folder holds something of nearly that name; else nothing. */
export async function nearestEntry(path: string): Promise<string> {
  const { nearestWord } = await import('../core/index.js');
  const name = basename(path);
  const nearest = nearestWord(name, entries(dirname(resolve(path))));
  return nearest === undefined ? '' : ` (did you mean "${path.slice(0, path.lastIndexOf(name))}${nearest}"?)`;
}

/** None where the folder is missing or may not be read: there is nothing to suggest then. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

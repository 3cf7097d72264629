import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** ` (did you mean "x"?)` for a path that is not there, if its folder holds something of nearly that name; else nothing. */
export async function nearestEntry(path: string): Promise<string> {
  const { nearestWord } = await import('../core/index.js');
  const name = basename(path);
  const folder = dirname(resolve(path));
  const nearest = existsSync(folder) ? nearestWord(name, readdirSync(folder)) : undefined;
  return nearest === undefined ? '' : ` (did you mean "${path.slice(0, path.lastIndexOf(name))}${nearest}"?)`;
}

import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The error with ` (clean.ts:17)` behind its message: where in `file` it came from. As it is where its stack does not pass through that file. */
export function placedInFile(error: Error, file: string): Error {
  const line = lineOf(error, file);
  if (line === undefined || error.message.includes(`${basename(file)}:${line}`)) return error;
  const [first, ...rest] = error.message.split('\n');
  const placed = new Error([`${first} (${basename(file)}:${line})`, ...rest].join('\n'), { cause: error });
  placed.name = error.name;
  return placed;
}

function lineOf({ stack = '' }: Error, file: string): string | undefined {
  for (const place of [pathToFileURL(file).href, file]) {
    const [, behind] = stack.split(`${place}:`);
    const [, line] = /^(\d+):\d+/.exec(behind ?? '') ?? [];
    if (line !== undefined) return line;
  }
  return undefined;
}

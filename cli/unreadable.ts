import { InvalidInput } from './exit-code.js';
import { nearestEntry } from './nearest-entry.js';

/** What to throw for a file that the system does not hand out; names the nearest where there is none of that name. */
export async function unreadable(path: string, error: unknown): Promise<InvalidInput> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new InvalidInput(`there is no file ${path}${await nearestEntry(path)}`);
  const why = code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'this user may not' : message;
  return new InvalidInput(`${path} cannot be read: ${why}`);
}

import { readFileSync } from 'node:fs';

/** Empty as long as there is no such file. */
export function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

import { readFileSync } from 'node:fs';
import { InvalidInput } from './exit-code.js';
import { unreadable } from './unreadable.js';

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

export type Properties = Readonly<Record<string, string>>;

/** Reads a file of Java properties: `name=value` lines, comments with # or !, lines that go on behind a backslash. */
export async function readPropertiesFile(path: string): Promise<Properties> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw await unreadable(path, error);
  }
  const lines = text.replace(/\\\r?\n\s*/g, '').split(/\r?\n/);
  const pairs = lines.map(line => line.trim()).filter(line => line !== '' && !/^[#!]/.test(line));
  return Object.fromEntries(
    pairs.map(line => {
      const [, name, value] = /^([^\s=:]+)\s*[=:\s]\s*(.*)$/.exec(line) ?? [];
      // Not the line itself: it may be half of a password.
      if (name === undefined) throw new InvalidInput(`${path}: a line is no name=value`);
      return [name, unescaped(value!)];
    }),
  );
}

/** `\n`, `\u00e9`; a backslash before anything else is left out. */
function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})|\\(.)/gi, (_, code: string | undefined, char: string | undefined) =>
    code === undefined ? (escapes[char!] ?? char!) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

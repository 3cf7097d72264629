// Java's .properties files: `key=value`, `key: value` or `key value`, comments with # or !, lines that go on behind a backslash, \n \t \uXXXX.

/** Later lines win over earlier ones of the same key. */
export function readProperties(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, key = '', value = ''] = /^((?:\\.|[^\\\s=:])*)(?:\s*[=:]\s*|\s+)?(.*)$/s.exec(line) ?? [];
    entries.set(unescaped(key), unescaped(value));
  }
  return entries;
}

function* logicalLines(text: string): Generator<string> {
  let begun: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.trimStart();
    if (begun === undefined && (line === '' || /^[#!]/.test(line))) continue;
    const [backslashes = ''] = /\\*$/.exec(line) ?? [];
    const goesOn = backslashes.length % 2 === 1;
    begun = (begun ?? '') + (goesOn ? line.slice(0, -1) : line);
    if (goesOn) continue;
    yield begun;
    begun = undefined;
  }
  if (begun !== undefined) yield begun;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})|\\(.)/gis, (_, code: string | undefined, char: string | undefined) =>
    code === undefined ? (escapes[char!] ?? char!) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced `ts` block: a whole program. A `text` block right behind it holds what it prints. */
export interface FencedCode {
  /** Such as `README.md:31`. */
  readonly place: string;
  readonly code: string;
  readonly prints: string | undefined;
}

const fence = /^```ts\n(.*?)^```$(?:\n{1,2}```text\n(.*?)^```$)?/gms;

/** The `ts` blocks of README.md, ARCHITECTURE.md and everything under docs/. */
export function fencedCode(root: string): FencedCode[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(name => join('docs', name));
  return ['README.md', 'ARCHITECTURE.md', ...docs]
    .filter(name => name.endsWith('.md') && existsSync(join(root, name)))
    .flatMap(name => blocksOf(name, readFileSync(join(root, name), 'utf8')));
}

function blocksOf(name: string, text: string): FencedCode[] {
  return [...text.matchAll(fence)].map(match => ({
    place: `${name}:${text.slice(0, match.index).split('\n').length}`,
    code: match[1]!,
    prints: match[2],
  }));
}

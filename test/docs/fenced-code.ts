import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced `ts` block: a whole program. A `text` block right behind it holds what it prints. `ts no-run`: it needs what is not there, and is compiled only. */
export interface FencedCode {
  /** Such as `README.md:31`. */
  readonly place: string;
  readonly code: string;
  readonly prints: string | undefined;
  readonly isRun: boolean;
}

const fence = /^```ts( no-run)?\n(.*?)^```$(?:\n{1,2}```text\n(.*?)^```$)?/gms;

/** README.md, ARCHITECTURE.md and everything under docs/. */
function pagesOf(root: string): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(name => join('docs', name));
  return ['README.md', 'ARCHITECTURE.md', ...docs].filter(name => name.endsWith('.md') && existsSync(join(root, name)));
}

/** The `ts` blocks of those pages. */
export function fencedCode(root: string): FencedCode[] {
  return pagesOf(root).flatMap(name => blocksOf(name, readFileSync(join(root, name), 'utf8')));
}

function blocksOf(name: string, text: string): FencedCode[] {
  return [...text.matchAll(fence)].map(match => ({
    place: `${name}:${text.slice(0, match.index).split('\n').length}`,
    code: match[2]!,
    prints: match[3],
    isRun: match[1] === undefined,
  }));
}

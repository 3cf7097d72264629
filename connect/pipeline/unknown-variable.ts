// A name that JSONata does not know is nothing to it, and a function of that name fails with the first record: both can be told before.

import { didYouMean } from '../../core/index.js';

/** What JSONata has by itself. */
export const jsonataFunctions: readonly string[] = [
  ...['sum', 'count', 'max', 'min', 'average', 'string', 'substring', 'substringBefore', 'substringAfter', 'lowercase'],
  ...['uppercase', 'length', 'trim', 'pad', 'match', 'contains', 'replace', 'split', 'join', 'formatNumber'],
  ...['formatBase', 'formatInteger', 'parseInteger', 'number', 'floor', 'ceil', 'round', 'abs', 'sqrt', 'power'],
  ...['random', 'boolean', 'not', 'map', 'zip', 'filter', 'single', 'reduce', 'sift', 'keys', 'lookup', 'append'],
  ...['exists', 'spread', 'merge', 'reverse', 'each', 'error', 'assert', 'type', 'sort', 'shuffle', 'distinct'],
  ...['encodeUrlComponent', 'encodeUrl', 'decodeUrlComponent', 'decodeUrl', 'eval', 'toMillis', 'fromMillis', 'clone'],
  ...['now', 'millis'],
];

interface UnknownVariable {
  readonly message: string;
  /** How many characters into the text. */
  readonly position: number;
}

interface Use {
  readonly name: string;
  readonly end: number;
}

/** The first variable of an expression that neither JSONata nor the expression itself has, nor `variables` names. */
export function unknownVariable(ast: unknown, variables: readonly string[]): UnknownVariable | undefined {
  const uses: Use[] = [];
  const own = new Set<string>();
  walk(ast, uses, own);
  // `$` is the value, `$$` the whole of it.
  const known = [...variables, ...jsonataFunctions, ...own, '', '$'];
  const unknown = uses.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const { name, end } = unknown;
  const near = didYouMean(
    `$${name}`,
    known.map(each => `$${each}`),
  );
  return { message: `there is no $${name}${near}`, position: Math.max(0, end - name.length - 1) };
}

/** Where a name is bound is not looked at: what an expression binds anywhere it may use everywhere. */
function walk(node: unknown, uses: Use[], own: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  const { type, value, position, lhs, focus, index } = node as Readonly<Record<string, unknown>>;
  if (type === 'variable') uses.push({ name: String(value), end: Number(position) });
  if (type === 'bind') own.add(String((lhs as { value?: unknown }).value));
  if (type === 'lambda')
    for (const each of (node as { arguments: readonly { value?: unknown }[] }).arguments) own.add(String(each.value));
  for (const name of [focus, index]) if (typeof name === 'string') own.add(name);
  for (const part of Object.values(node)) walk(part, uses, own);
}

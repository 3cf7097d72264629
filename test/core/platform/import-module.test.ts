import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { importModule, UsageError } from 'millrace/core';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** A folder of a user's, in which nothing but millrace is installed, with files. */
function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-modules-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  mkdirSync(join(path, 'node_modules'), { recursive: true });
  symlinkSync(root, join(path, 'node_modules/millrace'));
  return path;
}

test('TypeScript is loaded with all that it has, and the millrace it imports is the one that loads it', async t => {
  const cwd = folder(t, {
    'steps.ts': `
import { UsageError, type Log } from 'millrace';
import { plain } from './lib/plain';
import { asJavaScript } from './lib/as-javascript.js';
import { asTypeScript } from './lib/as-typescript.ts';
import index from './lib';
import { aliased } from '@lib/aliased';
enum Kind { Slow = 'slow' }
class Point { constructor(readonly x: number) {} }
const awaited: number = await Promise.resolve(6);
export const all = [plain, asJavaScript, asTypeScript, index, aliased, awaited, Kind.Slow, new Point(7).x];
export const Thrown = UsageError;
export const where = import.meta.url;
export default (value: { log?: Log }) => value satisfies object;
`,
    'lib/plain.ts': 'export const plain: number = 1;',
    'lib/as-javascript.ts': 'export const asJavaScript: number = 2;',
    'lib/as-typescript.ts': 'export const asTypeScript: number = 3;',
    'lib/index.ts': 'export default 4 as number;',
    'lib/aliased.ts': 'export const aliased: number = 5;',
    'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
  });
  const steps = await importModule(join(cwd, 'steps.ts'));
  t.deepEqual(steps['all'], [1, 2, 3, 4, 5, 6, 'slow', 7]);
  t.is(steps['Thrown'], UsageError);
  t.true(String(steps['where']).endsWith('/steps.ts'));
  t.is((steps['default'] as (value: number) => number)(8), 8);
});

test('a module runs once, whoever imports it, also from JavaScript', async t => {
  const cwd = folder(t, {
    'counter.ts': 'export const counter: { runs: number } = { runs: 0 };',
    'once.ts': `import { counter } from './counter'; counter.runs++; export { counter };`,
    'user.ts': `export { counter } from './once';`,
    'user.mjs': `export { only } from './only.ts';`,
    'only.ts': 'enum Only { One } export const only: number = Only.One;',
  });
  const [one, other] = [await importModule(join(cwd, 'once.ts')), await importModule(join(cwd, 'user.ts'))];
  t.is(one['counter'], other['counter']);
  t.deepEqual(other['counter'], { runs: 1 });
  t.is((await importModule(join(cwd, 'user.mjs')))['only'], 0);
});

test('what a CommonJS module exports is its default, and its members have their names', async t => {
  const cwd = folder(t, {
    'members.cts': 'const one: number = 1; module.exports = { one };',
    'whole.ts': 'enum Whole { One = 1 } export = Whole;',
    'nothing.ts': 'const nothing: number = 1; void nothing; export {};',
  });
  const members = await importModule(join(cwd, 'members.cts'));
  t.deepEqual(members['default'], { one: 1 });
  t.is((await importModule(join(cwd, 'whole.ts')))['One'], 1);
  t.deepEqual(Object.keys(await importModule(join(cwd, 'nothing.ts'))), []);
});

test('what cannot be loaded is told in one line with its file and line; what a module throws is its own', async t => {
  const cwd = folder(t, {
    'slip.ts': 'export const right: number = 1;\nexport const wrong: number = ;\n',
    'missing.ts': `import { x } from './gone';\nexport { x };`,
    'package.ts': `import x from 'no-such-package';\nexport { x };`,
    'throws.ts': `\n\nthrow Object.assign(new RangeError('no luck'), { own: 1 });`,
  });
  const failure = (name: string) => t.throwsAsync(importModule(join(cwd, name)));
  const slip = await failure('slip.ts');
  t.true(slip instanceof SyntaxError);
  t.regex(slip.message, /^.*Unexpected token.*\(.*slip\.ts:2\)$/);
  t.regex((await failure('missing.ts')).message, /^Cannot find module '\.\/gone', which .*missing\.ts imports$/);
  t.regex((await failure('package.ts')).message, /^Cannot find module 'no-such-package', which .*package\.ts imports$/);
  const thrown = await failure('throws.ts');
  t.true(thrown instanceof RangeError);
  t.like(thrown, { message: 'no luck', own: 1 });
  t.regex(thrown.stack!, /throws\.ts:3:\d+/);
});

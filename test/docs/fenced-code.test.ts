// What README and docs show is compiled with the project's own settings and run: as it stands, each block in an empty folder.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { fencedCode } from './fenced-code.js';

// Compiled tests live in dist/test/docs.
const root = fileURLToPath(new URL('../../..', import.meta.url));
const blocks = fencedCode(root);
// Inside dist/, so that `millrace` is this package (by its exports) and rxjs the one it is tested with.
const folder = join(root, 'dist/docs-code');

test.before('every ts block compiles', t => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [at, { code }] of blocks.entries()) writeFileSync(join(folder, `block-${at}.ts`), code);
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const settings = { ...compilerOptions, rootDir: '.', outDir: 'run', incremental: false, tsBuildInfoFile: undefined };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: settings, include: ['*.ts'] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  t.is(status, 0, `${blocks.map((block, at) => `block-${at}.ts is ${block.place}`).join('\n')}\n${stdout}`);
});

test('README.md shows a program', t => {
  t.true(blocks.some(({ place }) => place.startsWith('README.md')));
});

test('README.md has no block of JavaScript that nobody compiles', t => {
  t.notRegex(readFileSync(join(root, 'README.md'), 'utf8'), /^```(js|javascript|mjs|typescript)\b/m);
});

for (const [at, { place, prints, isRun }] of blocks.entries()) {
  if (!isRun) continue;
  test(`the code at ${place} runs`, t => {
    const cwd = mkdtempSync(join(tmpdir(), 'millrace-docs-'));
    t.teardown(() => rmSync(cwd, { recursive: true, force: true }));
    const options = { cwd, encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'run', `block-${at}.js`)], options);
    t.is(status, 0, stderr);
    if (prints !== undefined) t.is(stdout, prints);
  });
}

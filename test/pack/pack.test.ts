// What a user gets: the package as npm packs it, installed in an empty folder, running the first example of the README and the command.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { fencedCode } from '../docs/fenced-code.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const exampleMsMax = 20_000;

test('the packed package, installed in an empty folder, runs the first example of the README in under 20 s', t => {
  t.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pack-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const run = (cwd: string, command: string, ...args: string[]) => {
    const { npm_lifecycle_event: _, ...env } = process.env;
    return spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 150_000 });
  };

  const packed = run(root, 'npm', 'pack', '--ignore-scripts', '--pack-destination', folder);
  t.is(packed.status, 0, packed.stderr);
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))!;
  const project = join(folder, 'project');
  mkdirSync(project);
  const installed = run(project, 'npm', 'install', '--prefer-offline', '--no-audit', join(folder, tarball), 'rxjs');
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(installed.stderr)) {
    console.log('left out: installing the packed package (the npm registry cannot be reached)');
    t.pass();
    return;
  }
  t.is(installed.status, 0, installed.stderr);

  const example = fencedCode(root).find(({ place }) => place.startsWith('README.md'))!;
  writeFileSync(join(project, 'first.mjs'), example.code);
  const begin = Date.now();
  const first = run(project, process.execPath, 'first.mjs');
  t.is(first.status, 0, first.stderr);
  t.true(Date.now() - begin < exampleMsMax);
  t.is(first.stdout, example.prints!);

  t.regex(run(project, 'npx', 'millrace', '--version').stdout, /^\d+\.\d+\.\d+\n$/);
  const faces = ['millrace', 'millrace/core', 'millrace/streams', 'millrace/streams/testing', 'millrace/connect'];
  const others = ['millrace/connect/api', 'millrace/connectors/file'];
  const imports = [...faces, ...others].map(face => `await import('${face}');`).join(' ');
  t.is(run(project, process.execPath, '--input-type=module', '-e', imports).stderr, '');
});

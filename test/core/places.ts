// Where the suites above the log run: memory and files, called directly and through bytes. MILLRACE_TEST_URL narrows it down:
// `memory:` or `file:`, with `#direct` or `#encoded` behind it for one of the two connections.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Log } from '../../core/open/log.js';
import { openLog } from '../../core/open/open-log.js';
import type { ConnectionMode, OpenLogOptions } from '../../core/open/open-options.js';
import { MemoryDisk } from '../../core/platform/memory-disk.js';
import { nodePorts } from '../../core/platform/node-ports.js';

export interface TestPlace {
  readonly scheme: 'memory' | 'file';
  readonly connection: ConnectionMode;
}

/** One place as one test has it: opened again, it holds what was written before. */
export interface TestLog extends TestPlace {
  readonly url: string;
  open(options?: Omit<OpenLogOptions, 'connection'>): Promise<Log>;
}

const all: readonly TestPlace[] = [
  { scheme: 'memory', connection: 'direct' },
  { scheme: 'memory', connection: 'encoded' },
  { scheme: 'file', connection: 'direct' },
  { scheme: 'file', connection: 'encoded' },
];

const places: readonly TestPlace[] = selected(process.env['MILLRACE_TEST_URL']);

function selected(url: string | undefined): readonly TestPlace[] {
  if (url === undefined) return all;
  const [base, connection] = url.split('#');
  const found = all.filter(
    place => base === `${place.scheme}:` && (connection === undefined || connection === place.connection),
  );
  if (found.length === 0)
    throw new Error(`MILLRACE_TEST_URL=${url} is none of memory: and file: with #direct or #encoded`);
  return found;
}

/** Declares the test once for each place; what it opened is closed, and its files are removed, when it ends. */
export function testInEveryPlace(
  title: string,
  body: (t: ExecutionContext, log: TestLog) => Promise<void>,
  options: { readonly serial?: boolean } = {},
): void {
  const declare = options.serial ? test.serial : test;
  for (const place of places) {
    declare(`${place.scheme} ${place.connection}: ${title}`, async t => body(t, testLog(t, place)));
  }
}

/** A fresh one for this test. */
function testLog(t: ExecutionContext, place: TestPlace): TestLog {
  const opened: Log[] = [];
  const disk = new MemoryDisk();
  const directory = place.scheme === 'file' ? mkdtempSync(join(tmpdir(), 'millrace-test-')) : undefined;
  t.teardown(async () => {
    for (const log of opened) await log.close();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });
  const ports = directory === undefined ? nodePorts({ disk }) : nodePorts();
  const url = directory === undefined ? 'memory:' : `file:${directory}`;
  return {
    ...place,
    url,
    async open(options = {}) {
      const log = await openLog(url, { ports, ...options, connection: place.connection });
      opened.push(log);
      return log;
    },
  };
}

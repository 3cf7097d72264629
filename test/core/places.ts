// Where the suites above the log run: memory and files, called directly and through bytes. MILLRACE_TEST_URL narrows it down to
// `memory:` or `file:`, with `#direct` or `#encoded` behind it for one of the two connections, or names a cluster: `kafka://host:port,...`.
// On a cluster each test has names of its own, and what needs a broker of its own is left out.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Log } from '../../core/open/log.js';
import { openLog } from '../../core/open/open-log.js';
import type { ConnectionMode, OpenLogOptions } from '../../core/open/open-options.js';
import { MemoryDisk } from '../../core/platform/memory-disk.js';
import { nodePorts } from '../../core/platform/node-ports.js';
import { ClusterUnderTest } from './cluster-under-test.js';

export type TestPlace =
  | { readonly scheme: 'memory' | 'file'; readonly connection: ConnectionMode }
  | { readonly scheme: 'kafka'; readonly connection: 'network'; readonly url: string };

/** One place as one test has it: opened again, it holds what was written before. */
export interface TestLog {
  readonly scheme: TestPlace['scheme'];
  readonly connection: TestPlace['connection'];
  readonly url: string;
  open(options?: Omit<OpenLogOptions, 'connection'>): Promise<Log>;
}

export interface PlaceTestOptions {
  readonly serial?: boolean;
  /** Why the test cannot run on a cluster that serves others too. */
  readonly needs?: 'an embedded broker';
}

const all: readonly TestPlace[] = [
  { scheme: 'memory', connection: 'direct' },
  { scheme: 'memory', connection: 'encoded' },
  { scheme: 'file', connection: 'direct' },
  { scheme: 'file', connection: 'encoded' },
];

/** All of them, or what MILLRACE_TEST_URL says. */
export const testPlaces: readonly TestPlace[] = selected(process.env['MILLRACE_TEST_URL']);

function selected(url: string | undefined): readonly TestPlace[] {
  if (url === undefined) return all;
  if (/^kafka(\+ssl)?:/.test(url)) return [{ scheme: 'kafka', connection: 'network', url }];
  const [base, connection] = url.split('#');
  const found = all.filter(
    place => base === `${place.scheme}:` && (connection === undefined || connection === place.connection),
  );
  if (found.length === 0)
    throw new Error(`MILLRACE_TEST_URL=${url} is none of kafka://, memory: and file: with #direct or #encoded`);
  return found;
}

/** Declares the test once for each place; what it opened is closed, and what it left is removed, when it ends. */
export function testInEveryPlace(
  title: string,
  body: (t: ExecutionContext, log: TestLog) => Promise<void>,
  options: PlaceTestOptions = {},
): void {
  const declare = options.serial ? test.serial : test;
  for (const place of testPlaces) {
    declare(`${place.scheme} ${place.connection}: ${title}`, async t => {
      if (place.scheme === 'kafka' && options.needs !== undefined) return leaveOut(t, options.needs);
      await body(t, testLog(t, place));
    });
  }
}

/** For tests of our own broker by requests of their own: a real Kafka answers them in its own way, and over several nodes. */
export function testInEveryEmbeddedPlace(
  title: string,
  body: (t: ExecutionContext, log: TestLog) => Promise<void>,
  options: { readonly serial?: boolean } = {},
): void {
  testInEveryPlace(title, body, { ...options, needs: 'an embedded broker' });
}

export function leaveOut(t: ExecutionContext, missing: string): void {
  t.log(`left out: ${missing}`);
  t.pass();
}

/** A fresh one for this test. */
export function testLog(t: ExecutionContext, place: TestPlace): TestLog {
  return place.scheme === 'kafka' ? clusterLog(t, place.url) : embeddedLog(t, place);
}

function clusterLog(t: ExecutionContext, url: string): TestLog {
  const cluster = new ClusterUnderTest(url);
  t.teardown(() => cluster.end());
  return { scheme: 'kafka', connection: 'network', url, open: options => cluster.open(options) };
}

function embeddedLog(t: ExecutionContext, place: Exclude<TestPlace, { scheme: 'kafka' }>): TestLog {
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

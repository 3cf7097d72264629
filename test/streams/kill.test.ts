// kill -9 at every step of a commit, again and again on the same data. Without a repartition the state counts every record once, whatever is
// done again: the changelog counts only as far as it was committed.

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { int64, openLog, topic } from '../../core/index.js';
import { compacted, createTopics, lines, produce, readAll } from './running.js';

const program = fileURLToPath(new URL('./killed-app.js', import.meta.url));
const places = [
  'streams/changelog-flushed',
  'streams/producer-flushed',
  'streams/offsets-sent',
  'streams/offsets-committed',
  'streams/store-written',
  'streams/checkpoint-written',
];
const recordsPerRound = 400;
const keys = ['a', 'b', 'c', 'd', 'e'];

test('an app killed at every step of its commit counts every record once', async t => {
  t.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const url = `file:${join(folder, 'log')}`;
  const hits = join(folder, 'hits');
  appendFileSync(hits, '');
  const expected = new Map<string, number>();
  const deaths = [1, 2].flatMap(hit => places.map(place => `${place}:${hit}`));
  for (const [round, death] of [...deaths, undefined].entries()) {
    const log = await openLog(url);
    if (round === 0) await createTopics(log, ['lines'], 2);
    const rows = Array.from({ length: recordsPerRound }, (_, index) => {
      const n = round * recordsPerRound + index;
      return { key: keys[n % keys.length]!, value: 'x', timestamp: n };
    });
    for (const { key } of rows) expected.set(key, (expected.get(key) ?? 0) + 1);
    await produce(log, lines, rows);
    await log.close();
    const failpoint = death === undefined ? {} : { MILLRACE_FAILPOINT: death, MILLRACE_FAILPOINT_LOG: hits };
    const ended = spawnSync(process.execPath, [program, url], {
      env: { ...process.env, ...failpoint },
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (death === undefined) t.is(ended.status, 0, ended.stderr);
    else t.is(ended.signal, 'SIGKILL', `${death}: ${ended.stderr}${ended.stdout}`);
  }
  t.true(existsSync(hits));
  const hit = readFileSync(hits, 'utf8').trim().split('\n');
  t.deepEqual(
    hit,
    deaths.map(death => death.slice(0, -2)),
  );
  const log = await openLog(url);
  const total = await readAll(log, topic('killed-totals-changelog', { value: int64 }));
  t.deepEqual(compacted(total), expected);
  t.deepEqual(compacted(await readAll(log, topic('counts', { value: int64 }))), expected);
  await log.close();
});

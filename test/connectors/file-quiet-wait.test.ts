// Where a file source waits that has found nothing: the clock's longer pauses never end here, so what ends a wait is what the system tells.

import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ConnectorClock } from '../../connect/api/index.js';
import { ChangeWatch } from '../../connectors/file/change-watch.js';
import { QuietWait } from '../../connectors/file/quiet-wait.js';
import { nodePorts } from '../../core/platform/node-ports.js';

const { clock } = nodePorts();
const intervalMs = 200;

/** Pauses of the interval are over at once; longer ones last until somebody wakes. */
function patientClock(): ConnectorClock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    ...clock,
    pauses,
    async sleep(delayMs, signal) {
      pauses.push(delayMs);
      if (delayMs <= intervalMs) return clock.yield();
      await new Promise((_, reject) => {
        const stop = () => reject(signal!.reason as Error);
        if (signal?.aborted === true) return stop();
        signal!.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-quiet-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('after a few looks in vain a source sleeps until its file grows, and then looks eagerly again', async t => {
  t.timeout(60_000);
  await withFolder(async folder => {
    const file = join(folder, 'a.log');
    await writeFile(file, 'one\n');
    const patient = patientClock();
    const quiet = new QuietWait(patient, intervalMs);
    const { signal } = new AbortController();
    const places = () => ({ paths: [file], areAll: true });
    for (let look = 0; look < 4; look++) await quiet.wait(signal, places);
    t.deepEqual(patient.pauses, [200, 200, 200, 200]);
    const sleeping = quiet.wait(signal, places);
    t.is(patient.pauses.at(-1), 400);
    await appendFile(file, 'two\n');
    await sleeping;
    quiet.found();
    await quiet.wait(signal, places);
    t.is(patient.pauses.at(-1), 200);
    quiet.close();
  });
});

test('the longest pause is 15 s where every change is heard, 1 s elsewhere, and poll.interval.ms where that is longer', async t => {
  await withFolder(async folder => {
    const longest = async (interval: number, areAll: boolean) => {
      const pauses: number[] = [];
      const quiet = new QuietWait({ ...clock, sleep: async delayMs => void pauses.push(delayMs) }, interval);
      const { signal } = new AbortController();
      for (let look = 0; look < 20; look++) await quiet.wait(signal, () => ({ paths: [folder], areAll }));
      quiet.close();
      return Math.max(...pauses);
    };
    const watch = new ChangeWatch([folder], () => undefined);
    watch.close();
    const heard = await longest(200, true);
    t.true(heard <= (watch.reachesAll ? 15_000 : 1_000) && heard > 800, String(heard));
    t.true((await longest(200, false)) <= 1_000);
    t.is(await longest(60_000, true), 60_000);
  });
});

test('sources that rest look together, and only who does not find all as it was goes on', async t => {
  t.timeout(60_000);
  await withFolder(async folder => {
    const sleeps: (() => void)[] = [];
    let sleptMs = 0;
    const stepping: ConnectorClock = {
      ...clock,
      async sleep(delayMs, signal) {
        if (delayMs < 1_000) return clock.yield();
        sleptMs = delayMs;
        await new Promise<void>((resolve, reject) => {
          sleeps.push(resolve);
          signal!.addEventListener('abort', () => reject(signal!.reason as Error), { once: true });
        });
      },
      monotonic: () => 0,
    };
    const { signal } = new AbortController();
    const resting = async (isAsSeen: () => boolean) => {
      const quiet = new QuietWait(stepping, intervalMs);
      const places = () => ({ paths: [folder], areAll: false, isAsSeen });
      for (let look = 0; look < 6; look++) await quiet.wait(signal, places);
      const rest = { isOver: false, quiet, looks: 0 };
      void quiet.wait(signal, places).then(() => {
        rest.isOver = true;
      });
      t.true(quiet.isResting);
      return rest;
    };
    let isFirstChanged = false;
    let secondLooks = 0;
    const first = await resting(() => !isFirstChanged);
    const second = await resting(() => ++secondLooks > 0);
    t.is(sleptMs, 1_000);
    t.is(sleeps.length, 1, 'one sleep for both');
    for (let look = 1; look <= 3; look++) {
      sleeps.shift()!();
      while (sleeps.length === 0) await clock.yield();
      t.is(secondLooks, look);
    }
    t.deepEqual([first.isOver, second.isOver], [false, false]);
    isFirstChanged = true;
    sleeps.shift()!();
    while (!first.isOver) await clock.yield();
    t.deepEqual([first.quiet.isResting, second.quiet.isResting, second.isOver], [false, true, false]);
    await writeFile(join(folder, 'new.txt'), 'told by the system, not found by looking\n');
    while (!second.isOver) await clock.yield();
    t.is(secondLooks, 4);
    first.quiet.close();
    second.quiet.close();
  });
});

test('what is told ends the sleep: stopping it, and a wake', async t => {
  t.timeout(60_000);
  await withFolder(async folder => {
    const patient = patientClock();
    const quiet = new QuietWait(patient, intervalMs);
    const abort = new AbortController();
    const places = () => ({ paths: [folder], areAll: true });
    for (let look = 0; look < 4; look++) await quiet.wait(abort.signal, places);
    const woken = quiet.wait(abort.signal, places);
    quiet.wake();
    await woken;
    const stopped = quiet.wait(abort.signal, places);
    abort.abort();
    await stopped;
    quiet.close();
    t.pass();
  });
});

test('a change is heard: a file that grows, is renamed, appears, or comes into a folder', async t => {
  t.timeout(60_000);
  await withFolder(async folder => {
    const [file, missing, spool] = [join(folder, 'a.log'), join(folder, 'b.log'), join(folder, 'spool')];
    await writeFile(file, 'one\n');
    await mkdir(spool);
    const hears = async (path: string, change: () => Promise<void>) => {
      let watch: ChangeWatch | undefined;
      const heard = new Promise<void>(resolve => {
        watch = new ChangeWatch([path], () => resolve());
      });
      await change();
      await heard;
      watch!.close();
    };
    await hears(file, () => appendFile(file, 'two\n'));
    await hears(missing, () => writeFile(missing, 'three\n'));
    await hears(spool, () => writeFile(join(spool, 'c.csv'), 'four\n'));
    await hears(file, () => rename(file, join(folder, 'a.log.1')));
    t.pass();
  });
});

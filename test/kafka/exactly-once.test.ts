// MILLRACE_SOAK=full for a day of quotes, twenty deaths of instances and five of brokers; a short form of it otherwise.

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openLog } from '../../core/index.js';
import { leaveOut } from '../core/places.js';
import { difference, readOutcome } from '../streams/exactly-once/outcome.js';
import { readQuotes } from '../streams/exactly-once/quotes.js';
import {
  createResults,
  hitsIn,
  instancesOf,
  places,
  prepareInput,
  runOf,
  startProcess,
} from '../streams/exactly-once/rounds.js';
import { Fleet } from './exactly-once-fleet.js';
import { ownKafka } from './own-kafka.js';

const isFull = process.env['MILLRACE_SOAK'] === 'full';
const lineCount = isFull ? Number.POSITIVE_INFINITY : 10_000;

/** Every place once, and in the full form those of a commit once more. */
const once = places.map(place => `${place}:${isOfStart(place) ? 1 : 2}`);
const again = places.filter(place => !isOfStart(place)).map(place => `${place}:4`);
const deaths = isFull ? [...once, ...again, 'streams/restored:1'] : once;
const brokerDeaths = isFull ? [3, 7, 11, 15, 18] : [5];

function isOfStart(place: string): boolean {
  return ['transactions-initialized', 'tasks-begun', 'restored', 'revoking', 'revoked'].some(name =>
    place.endsWith(name),
  );
}

test('exactly once on Apache Kafka: instances come, go and are killed, brokers are killed', async t => {
  t.timeout(40 * 60_000);
  if (process.env['MILLRACE_TEST_DATA'] === undefined) return leaveOut(t, 'MILLRACE_TEST_DATA');
  const cluster = await ownKafka(t, { nodes: 3 });
  if (cluster === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-exactly-once-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const hits = join(folder, 'hits');
  appendFileSync(hits, '');
  const lines = readQuotes().slice(0, lineCount);
  const disturbed = runOf('disturbed', join(folder, 'disturbed'));
  const undisturbed = runOf('undisturbed', join(folder, 'undisturbed'));
  await using log = await openLog(cluster.url);
  await prepareInput(log, lines);
  for (const run of [disturbed, undisturbed]) await createResults(log, run);
  const fleet = new Fleet({ cluster, run: disturbed, lines, deaths, hits, brokerDeaths, log: text => t.log(text) });
  await fleet.run();
  t.deepEqual(
    hitsIn(hits),
    deaths.map(death => death.replace(/:\d+$/, '')),
  );
  t.is(fleet.brokersKilled, brokerDeaths.length);
  const quiet = await startProcess(instancesOf(cluster.url, undisturbed)).ended;
  t.is(quiet.status, 0, quiet.output);
  t.is(difference(await readOutcome(log, disturbed), await readOutcome(log, undisturbed)), undefined);
});

// Exactly once, shown by killing: see rounds.ts. The short form runs in `npm test`; `npm run test:exactly-once` counts a whole day of quotes and
// kills more often.

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openLog } from '../../../core/index.js';
import { difference, type Outcome, readOutcome } from './outcome.js';
import { countPlainly, readQuotes } from './quotes.js';
import { hitsIn, places, prepareInput, type Round, type RoundsOptions, runOf, runRounds } from './rounds.js';

const isLong = process.env['MILLRACE_EXACTLY_ONCE'] === 'long';
const hasData = process.env['MILLRACE_TEST_DATA'] !== undefined;

/** With one, two and three instances in turn, of which some leave. */
function deaths(hits: readonly number[]): Round[] {
  return hits.flatMap((hit, turn) =>
    places.map((place, index): Round => {
      const isOfRebalance = place.startsWith('streams/revok');
      const count = isOfRebalance ? 2 + (turn % 2) : 1 + ((index + turn) % 3);
      // What happens only once in the life of an instance is not waited for twice.
      const isRare = isOfRebalance || place === 'streams/tasks-begun' || place === 'streams/restored';
      const nth = place === 'streams/transactions-initialized' ? count : isRare ? 1 : hit;
      return { failpoint: `${place}:${nth}`, count, leaving: 0 };
    }),
  );
}

const withoutDeath: readonly Round[] = [
  { count: 3, leaving: 2 },
  { count: 2, leaving: 1 },
];

interface Rounds {
  readonly lineCount: number;
  readonly rounds: readonly Round[];
  readonly plantedBug?: string;
}

/** What the rounds left, and what an undisturbed run of the same input did. */
async function outcomes(t: ExecutionContext, { lineCount, rounds, plantedBug }: Rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-exactly-once-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const url = `file:${join(folder, 'log')}`;
  const hits = join(folder, 'hits');
  appendFileSync(hits, '');
  const lines = readQuotes().slice(0, lineCount);
  let log = await openLog(url, { flush: 'os' });
  await prepareInput(log, lines);
  await log.close();
  const options: RoundsOptions = { url, lines, rounds, run: runOf('disturbed'), hits, log: text => t.log(text) };
  await runRounds({ ...options, ...(plantedBug !== undefined && { plantedBug }) });
  await runRounds({ ...options, lines: [], rounds: [{ count: 1, leaving: 0 }], run: runOf('undisturbed') });
  log = await openLog(url, { flush: 'os' });
  try {
    const disturbed = await readOutcome(log, runOf('disturbed'));
    const undisturbed = await readOutcome(log, runOf('undisturbed'));
    return { lines, hits: hitsIn(hits), disturbed, undisturbed };
  } finally {
    await log.close();
  }
}

function requireCounts(t: ExecutionContext, lines: readonly string[], { words, minutes }: Outcome): void {
  const expected = countPlainly(lines);
  const upTo = (counts: ReadonlyMap<string, number>) =>
    new Map(Array.from(counts, ([key, count]) => [key, Array.from({ length: count }, (_, index) => index + 1)]));
  t.deepEqual(sorted(words), sorted(upTo(expected.words)));
  t.deepEqual(sorted(minutes), sorted(upTo(expected.minutes)));
}

function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

const dataTest = hasData ? test.serial : test.serial.skip;
if (!hasData) test('exactly once', t => t.pass(void t.log('left out: MILLRACE_TEST_DATA (real quotes to count)')));

dataTest('killed at every step, with instances coming and going, an app counts every quote exactly once', async t => {
  t.timeout(isLong ? 1_800_000 : 300_000);
  const dying = deaths(isLong ? [1, 3] : [2]);
  const rounds = [...dying.slice(0, 6), withoutDeath[0]!, ...dying.slice(6), withoutDeath[1]!];
  const { lines, hits, disturbed, undisturbed } = await outcomes(t, {
    lineCount: isLong ? Number.POSITIVE_INFINITY : 7_000,
    rounds,
  });
  t.deepEqual(
    hits,
    dying.map(({ failpoint }) => failpoint!.replace(/:\d+$/, '')),
  );
  requireCounts(t, lines, undisturbed);
  t.is(difference(disturbed, undisturbed), undefined);
});

for (const [plantedBug, place] of [
  ['commit-before-flush', 'streams/offsets-committed'],
  ['store-before-commit', 'streams/offsets-in-transaction'],
] as const) {
  dataTest(`a planted bug is seen: ${plantedBug}`, async t => {
    t.timeout(120_000);
    const rounds = [
      { count: 1, leaving: 0, failpoint: `${place}:3` },
      { count: 1, leaving: 0 },
    ];
    const { disturbed, undisturbed } = await outcomes(t, { lineCount: 1_000, rounds, plantedBug });
    const found = difference(disturbed, undisturbed);
    t.not(found, undefined);
    t.log(found);
  });
}

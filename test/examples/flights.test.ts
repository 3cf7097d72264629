import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'ava';
import { firstLight, resultLines, testFolder } from './run-first-light.js';

const { resolve } = createRequire(import.meta.url);
const dayMs = 24 * 60 * 60 * 1_000;

/** Sorted lines of flights and delays per state and day, by the plainest means. */
function expectedLines(): string[] {
  const airports = readFileSync(resolve('vega-datasets/data/airports.csv'), 'utf8').trim().split('\n').slice(1);
  // The state is the fourth field from the right: names hold commas, what stands behind them does not.
  const states = new Map(airports.map(line => [line.split(',')[0]!, line.split(',').at(-4)!]));
  const flights = JSON.parse(readFileSync(resolve('vega-datasets/data/flights-20k.json'), 'utf8')) as {
    date: string;
    delay: number;
    origin: string;
  }[];
  const groups = new Map<string, typeof flights>();
  for (const flight of flights) {
    const group = `${states.get(flight.origin)} ${flight.date.slice(0, 10)}`;
    groups.set(group, [...(groups.get(group) ?? []), flight]);
  }
  return [...groups]
    .map(([group, members]) => {
      const [state, day] = group.split(' ');
      const window_start = Date.parse(`${day!.replaceAll('/', '-')}T00:00:00Z`);
      const delays = members.map(({ delay }) => delay);
      return JSON.stringify({
        window_start,
        window_end: window_start + dayMs,
        state,
        flights: members.length,
        delay_minutes: delays.reduce((sum, delay) => sum + Math.max(0, delay), 0),
        delay_minutes_max: Math.max(0, ...delays),
      });
    })
    .toSorted();
}

test.serial(
  'npm start joins every flight with its airport and counts it in the day it was scheduled, at any number of partitions',
  async t => {
    const expected = expectedLines();
    for (const partitions of ['4', '1']) {
      const cwd = testFolder(t);
      const { code, stdout, stderr } = await firstLight(cwd, '--partitions', partitions);
      t.is(code, 0, stderr);
      t.is(stderr, '');
      t.deepEqual(resultLines(join(cwd, 'out')), expected);
      t.regex(stdout, /^read +20,000 flights/m);
      t.regex(stdout, /^late +0 records/m);
      t.regex(stdout, /\d,\d{3} of 20,000 flights were reported after a later one/);
      t.regex(stdout, /^results +[\d,]+ lines in \d+ files in out$/m);
      t.false(stdout.includes('\u001b'), 'a pipe gets plain lines');
    }
  },
);

test.serial('a second run begins anew and says so', async t => {
  const cwd = testFolder(t);
  const first = await firstLight(cwd);
  t.is(first.code, 0, first.stderr);
  t.notRegex(first.stdout, /anew/);
  const lines = resultLines(join(cwd, 'out'));
  const second = await firstLight(cwd);
  t.is(second.code, 0, second.stderr);
  t.regex(second.stdout, /^Beginning anew/);
  t.deepEqual(resultLines(join(cwd, 'out')), lines);
});

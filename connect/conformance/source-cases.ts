// What every source keeps: nothing is lost between what is acknowledged and what comes next, and what comes twice is accounted for. The task is
// driven without the runtime, so that each case ends a life exactly where it means to.

import { DataError, RetriableError } from '../api/errors.js';
import { cannotBreak } from './cannot-break.js';
import { expect, shown } from './conformance-failure.js';
import { DrivenSource } from './driven-source.js';
import type { SourcePlace, SourceUnderTest } from './fixtures.js';
import type { Stage } from './stage.js';
import { StoredOffsets } from './stored-offsets.js';

export interface SourceCase {
  readonly id: string;
  readonly title: string;
  leftOut?(under: SourceUnderTest, place: SourcePlace): string | undefined;
  run(stage: Stage, under: SourceUnderTest, place: SourcePlace): Promise<void>;
}

const lifeCount = 6;
const mayLose = ({ delivery }: SourceUnderTest) =>
  delivery === 'at-most-once' ? 'the source promises no more than at most once' : undefined;

export const sourceCases: readonly SourceCase[] = [
  {
    id: 'all-values',
    title: 'every value arrives once, in order',
    async run(stage, under, place) {
      const values = valuesOf('v', 100);
      const source = await begun(stage, under, place, values);
      await source.readAll(values);
      const texts = under.repeats ? [...new Set(source.texts)] : source.texts;
      requireSame(texts, values, under.isUnordered === true, 'what came');
      await source.end();
    },
  },
  {
    id: 'resume',
    title: 'stopped again and again after what it gave was acknowledged, it misses nothing and repeats nothing',
    leftOut: ({ repeats }) => (repeats ? 'the source reads everything again each time' : undefined),
    async run(stage, under, place) {
      const offsets = new StoredOffsets();
      const seen: string[] = [];
      const all: string[] = [];
      for (let life = 0; life < lifeCount; life++) {
        const values = valuesOf(`life${life}-`, 30);
        all.push(...values);
        const source = await begun(stage, under, place, values, offsets);
        await source.readAll(values);
        await source.acknowledge();
        await source.end();
        seen.push(...source.texts);
      }
      requireSame(seen, all, under.isUnordered === true, `what came in ${lifeCount} lives`);
    },
  },
  {
    id: 'crash',
    title: 'killed with a part acknowledged, all that was not comes again, and nothing that was',
    leftOut: mayLose,
    async run(stage, under, place) {
      const offsets = new StoredOffsets();
      const open = new Set(valuesOf('v', 200));
      const done = new Set<string>();
      await place.put([...open]);
      for (let life = 0; open.size > 0; life++) {
        const source = await DrivenSource.start(stage, under, place, offsets);
        if (life < lifeCount) await source.readUntil('a batch comes', () => source.batches.length >= 1 + (life % 3));
        else await source.readAll(open);
        const before = source.unacknowledged;
        await source.acknowledge(life < lifeCount ? life % 2 : undefined);
        const acknowledged = before.slice(0, before.length - source.unacknowledged.length);
        for (const text of under.repeats ? [] : source.texts)
          expect(!done.has(text), `${shown(text)} had been acknowledged before a crash, and came again`);
        for (const text of acknowledged) {
          open.delete(text);
          done.add(text);
        }
        await source.end();
      }
    },
  },
  {
    id: 'offsets-monotone',
    title:
      'begun at the offset of any batch, it gives what stands behind that batch, and a later offset never brings back what an earlier one had passed',
    leftOut: under => mayLose(under) ?? (under.repeats ? 'the source reads everything again each time' : undefined),
    async run(stage, under, place) {
      const values = valuesOf('v', 60);
      await place.put(values.slice(0, 20));
      const first = await DrivenSource.start(stage, under, place);
      await first.readAll(values.slice(0, 20));
      for (const part of [values.slice(20, 40), values.slice(40)]) {
        await place.put(part);
        await first.readAll(part);
      }
      await first.end();
      // A task that hears what is acknowledged may have its position at the other side; then there is nothing to replay from here.
      if (first.hasCommitted) return;
      const offsets = new StoredOffsets();
      const passed = new Set<string>();
      for (const batch of first.batches) {
        offsets.set(batch.partition, batch.offset);
        for (const { key, value } of batch.records) passed.add(textOf(under, { key, value }));
        const left = values.filter(value => !passed.has(value));
        const again = await DrivenSource.start(stage, under, place, offsets.copy());
        if (left.length > 0) await again.readAll(left);
        else await again.poll();
        const back = again.texts.find(text => passed.has(text));
        expect(
          back === undefined,
          `${shown(back)} came again behind the offset ${shown(batch.offset)}, which had passed it`,
        );
        await again.end();
      }
    },
  },
  {
    id: 'bad-record',
    title: 'what no record can be made of is handed over as it was found, and the values beside it arrive',
    leftOut: (_, place) => (place.putBad === undefined ? 'the fixture has no putBad' : undefined),
    async run(stage, under, place) {
      const offsets = new StoredOffsets();
      const [before, behind] = [valuesOf('before', 5), valuesOf('behind', 5)];
      await place.put(before);
      await place.putBad!();
      const source = await begun(stage, under, place, behind, offsets);
      await source.readAll([...before, ...behind]);
      await source.readUntil('the bad record is handed over in `bad`', () => source.bad.length > 0);
      expect(source.bad.length === 1, `one bad record was put, and ${source.bad.length} came`);
      const [bad] = source.bad;
      expect(
        bad!.error instanceof Error && bad!.error.message !== '',
        'a bad record says in its `error` what is wrong',
      );
      expect(Object.keys(bad!.position).length > 0, 'a bad record says in its `position` where it was');
      await source.acknowledge();
      await source.end();
      if (under.isBounded === true) return;
      const next = await begun(stage, under, place, ['last'], offsets);
      await next.readAll(['last']);
      expect(under.repeats === true || next.bad.length === 0, 'a bad record that was acknowledged came again');
      await next.end();
    },
  },
  {
    id: 'abort',
    title: 'a poll that waits for more ends as soon as the task is told to stop',
    async run(stage, under, place) {
      const source = await begun(stage, under, place, ['only']);
      await source.readAll(['only']);
      source.beginPoll();
      await stage.clock.sleep(30);
      await source.end();
      const unread = await begun(stage, under, place, []);
      await unread.end();
    },
  },
  {
    id: 'peer-away',
    title: 'while the other side is away a poll says that it will pass, and once it is back nothing is missing',
    leftOut: cannotBreak,
    async run(stage, under, place) {
      const offsets = new StoredOffsets();
      const [before, behind] = [valuesOf('before', 20), valuesOf('behind', 20)];
      if (under.isBounded === true) await place.put(behind);
      const source = await begun(stage, under, place, before, offsets);
      if (under.isBounded === true) await source.poll();
      else await source.readAll(before);
      await source.acknowledge();
      await place.breakPeer!();
      for (let tries = 0; tries < 3; tries++) await pollWhileAway(source);
      await place.mendPeer!();
      if (under.delivery === 'at-most-once') await hearAgain(stage, source, place);
      else {
        if (under.isBounded !== true) await place.put(behind);
        await source.readAll(under.isBounded === true ? [...before, ...behind] : behind);
      }
      await source.acknowledge();
      await source.end();
    },
  },
  {
    id: 'peer-away-at-start',
    title: 'begun while the other side is away it says that it will pass, and runs once it is back',
    leftOut: cannotBreak,
    async run(stage, under, place) {
      await place.put(['early']);
      await place.breakPeer!();
      const away = await DrivenSource.start(stage, under, place).catch(error => requireRetriable(error, 'start()'));
      if (away !== undefined) {
        await pollWhileAway(away);
        await away.end();
      }
      await place.mendPeer!();
      if (mayLose(under) !== undefined) return;
      const source = await begun(stage, under, place, ['late']);
      await source.readAll(['early', 'late']);
      await source.end();
    },
  },
  {
    id: 'peer-stalls',
    title: 'while the other side does not answer, the task still ends when it is told to',
    leftOut: (_, place) => (place.stallPeer === undefined ? 'the fixture has no stallPeer' : undefined),
    async run(stage, under, place) {
      const source = await begun(stage, under, place, ['only']);
      await source.readAll(['only']);
      await place.stallPeer!();
      source.beginPoll();
      await stage.clock.sleep(30);
      await source.end();
      await place.mendPeer?.();
    },
  },
  {
    id: 'slow-taker',
    title: 'whoever takes slowly is handed no more at a time than was promised, and nothing is read ahead without end',
    leftOut: ({ pollRecordsMax }) =>
      pollRecordsMax === undefined ? 'the fixture does not say pollRecordsMax' : undefined,
    async run(stage, under, place) {
      const most = under.pollRecordsMax!;
      const values = valuesOf('v', most * 20);
      const source = await begun(stage, under, place, values);
      const wanted = new Set(values);
      const pollOnce = async () => {
        const before = source.texts.length;
        await source.poll();
        const texts = source.texts.slice(before);
        expect(texts.length <= most, `one poll gave ${texts.length} records, and ${most} at most were promised`);
        for (const text of texts) wanted.delete(text);
        return texts.length;
      };
      await stage.until('a batch comes', async () => (await pollOnce()) > 0);
      await stage.clock.sleep(100);
      const taken = values.length - ((await place.untaken?.()) ?? values.length);
      expect(
        taken <= source.texts.length + 4 * most,
        `nobody polled, and ${taken} values had been taken where ${source.texts.length} were handed out`,
      );
      await stage.until('all values arrive', async () => {
        while ((await pollOnce()) > 0);
        return wanted.size === 0;
      });
      await source.end();
    },
  },
];

export function valuesOf(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at} größe "😀"`);
}

/** A place whose values may only be heard by who listens (pub/sub) has its task first, then the values. */
async function begun(
  stage: Stage,
  under: SourceUnderTest,
  place: SourcePlace,
  values: readonly string[],
  offsets?: StoredOffsets,
): Promise<DrivenSource> {
  const source = await DrivenSource.start(stage, under, place, offsets);
  if (values.length > 0) await place.put(values);
  return source;
}

/** What is put before the source is there again may be lost; then it hears all. */
async function hearAgain(stage: Stage, source: DrivenSource, place: SourcePlace): Promise<void> {
  const heard = source.texts.length;
  let round = 0;
  await stage.until('values arrive again once the other side is back', async () => {
    await place.put([`again${round++}`]);
    await source.poll().catch(error => requireRetriable(error, 'poll()'));
    return source.texts.length > heard;
  });
}

async function pollWhileAway(source: DrivenSource): Promise<void> {
  await source.poll().catch(error => requireRetriable(error, 'poll()'));
}

function requireRetriable(error: unknown, what: string): undefined {
  const isOurs = error instanceof RetriableError;
  const hint = error instanceof DataError ? ' (a DataError would cost a record)' : '';
  expect(isOurs, `${what} must throw RetriableError while the other side is away${hint}, not ${shown(error)}`);
}

function textOf(under: SourceUnderTest, record: { key: unknown; value: unknown }): string {
  return under.textOf?.(record) ?? String(record.value);
}

function requireSame(found: readonly string[], wanted: readonly string[], isUnordered: boolean, what: string): void {
  const counts = new Map<string, number>();
  for (const text of found) counts.set(text, (counts.get(text) ?? 0) + 1);
  const missing = wanted.filter(text => !counts.has(text));
  expect(missing.length === 0, `${what}: ${missing.length} values are missing: ${shown(missing)}`);
  const twice = [...counts].filter(([, count]) => count > 1).map(([text]) => text);
  expect(twice.length === 0, `${what}: ${twice.length} values came more than once: ${shown(twice)}`);
  const strange = [...counts.keys()].filter(text => !wanted.includes(text));
  expect(strange.length === 0, `${what}: values came that nobody put: ${shown(strange)}`);
  if (isUnordered) return;
  const at = found.findIndex((text, index) => text !== wanted[index]);
  expect(at < 0, `${what}: out of order: ${shown(found[at])} stands where ${shown(wanted[at])} should`);
}

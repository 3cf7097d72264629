// What every sink keeps: what it says is durable is there, in the order of each partition, and what is given to it twice is accounted for. The task
// is driven without the runtime, so that each case ends a life exactly where it means to.

import { RetriableError } from '../api/errors.js';
import { cannotBreak } from './cannot-break.js';
import { expect, shown } from './conformance-failure.js';
import type { SinkPlace, SinkUnderTest } from './fixtures.js';
import { failureOf, passVerdict, type SinkScene } from './sink-scene.js';

export interface SinkCase {
  readonly id: string;
  readonly title: string;
  leftOut?(under: SinkUnderTest, place: SinkPlace): string | undefined;
  run(scene: SinkScene): Promise<void>;
}

export const sinkCases: readonly SinkCase[] = [
  {
    id: 'all-records',
    title: 'every record arrives, in the order of its partition',
    async run(scene) {
      scene.topic.fill(0, 23);
      scene.topic.fill(1, 17);
      const sink = await scene.start([0, 1, 2]);
      await sink.feed({ 0: 23, 1: 17 });
      await sink.finish();
      await scene.requireHeld();
    },
  },
  {
    id: 'duplicates',
    title: 'a batch that is put twice counts as the sink promises',
    async run(scene) {
      scene.topic.fill(0, 20);
      const sink = await scene.start([0]);
      const batch = scene.topic.batch(0, 0, 10);
      await sink.put([batch]);
      await sink.put([batch]);
      sink.positions.set(0, 10);
      await sink.feed({ 0: 20 });
      await sink.put([scene.topic.batch(0, 15, 20)]);
      await sink.finish();
      await scene.requireHeld();
    },
  },
  {
    id: 'tombstones',
    title: 'a record without a value does what is promised, in its place between those with one',
    leftOut: ({ keeps, tombstones }) =>
      keeps === 'every-record' && tombstones === 'delete'
        ? 'the suite has no model of deletes where every record is kept'
        : undefined,
    run: runTombstones,
  },
  {
    id: 'restart',
    title: 'ended in good order and begun again, it goes on exactly where it was',
    async run(scene) {
      for (let life = 0; life < 4; life++) {
        const end = (life + 1) * 9;
        scene.topic.fill(0, 9);
        const sink = await scene.start([0]);
        const position = sink.positions.get(0);
        expect(position === life * 9, `it was ended behind offset ${life * 9}, and goes on at ${position}`);
        await sink.feed({ 0: end - 4 });
        await sink.commit('interval');
        await sink.feed({ 0: end });
        await sink.finish();
      }
      await scene.requireHeld();
    },
  },
  {
    id: 'crash',
    title:
      'killed between two batches again and again, and begun at the offsets that are stored, it holds what it promises',
    async run(scene) {
      scene.topic.fill(0, 60);
      scene.topic.fill(1, 60);
      for (let life = 1; life < 6; life++) {
        const sink = await scene.start([0, 1]);
        await sink.feed({
          0: Math.max(life * 9, sink.positions.get(0)!),
          1: Math.max(life * 7, sink.positions.get(1)!),
        });
        if (life % 2 === 0) await sink.commit('interval');
        await sink.feed({ 0: life * 9 + 3 });
        await sink.end();
      }
      await scene.finishFrom([0, 1]);
    },
  },
  {
    id: 'crash-inside',
    title: 'failing at each of its failpoints in turn and begun again, it holds what it promises',
    async run(scene) {
      scene.topic.fill(0, 80);
      for (let hit = 1; hit <= 12; hit++) {
        let hits = 0;
        const failpoint = (name: string): void => {
          if (++hits === hit) throw new Error(`killed at ${name}`);
        };
        const sink = await scene.start([0], { failpoint });
        await sink
          .feed({ 0: Math.min(80, sink.positions.get(0)! + 12) }, 3)
          .then(() => sink.commit('interval'))
          .catch(error => expect((error as Error).message.includes('killed at'), shown(error)));
        await sink.end();
      }
      await scene.finishFrom([0]);
    },
  },
  {
    id: 'zombie',
    title: 'a task whose partitions another has been given changes nothing any more',
    leftOut: ({ guarantee }) =>
      guarantee === 'exactly-once' ? undefined : 'the sink promises no more than at least once',
    async run(scene) {
      scene.topic.fill(0, 20);
      const zombie = await scene.start([0]);
      await zombie.feed({ 0: 10 });
      await zombie.commit('closing');
      const successor = await scene.start([0]);
      await successor.feed({ 0: 20 });
      await successor.commit('closing');
      const late = zombie.put([scene.topic.batch(0, 10, 14)]).then(() => zombie.flush());
      await late.catch(error => {
        expect(!(error instanceof RetriableError), `the zombie would try again: ${shown(error)}`);
        passVerdict(error);
      });
      await zombie.end();
      await successor.finish();
      await scene.requireHeld();
      scene.topic.fill(0, 10);
      await scene.finishFrom([0]);
    },
  },
  {
    id: 'rebalance',
    title:
      'partitions that are given up and taken in the middle of the work, in good order or lost, lose and repeat nothing',
    run: runRebalance,
  },
  {
    id: 'bad-record',
    title: 'a record that cannot be written is handed to reject(), alone, and those beside it are written',
    leftOut: ({ bad }) => (bad === undefined ? 'the fixture has no bad record' : undefined),
    run: runBadRecord,
  },
  {
    id: 'peer-away',
    title: 'while the other side is away a put says that it will pass, and the same batch is written once it is back',
    leftOut: cannotBreak,
    async run(scene) {
      scene.topic.fill(0, 30);
      const sink = await scene.start([0]);
      await sink.feed({ 0: 10 });
      await scene.place.breakPeer!();
      const batch = scene.topic.batch(0, 10, 20);
      for (let tries = 0; tries < 3; tries++) {
        const error = await failureOf(sink, batch);
        expect(
          error instanceof RetriableError,
          `put() must throw RetriableError while the other side is away, not ${shown(error)}`,
        );
      }
      await scene.place.mendPeer!();
      await scene.putUntilTaken(sink, batch);
      await sink.feed({ 0: 30 });
      await sink.finish();
      await scene.requireHeld();
    },
  },
  {
    id: 'peer-away-at-start',
    title: 'begun while the other side is away it says that it will pass, and runs once it is back',
    leftOut: cannotBreak,
    async run(scene) {
      scene.topic.fill(0, 10);
      await scene.place.breakPeer!();
      const away = await scene.start([0]).catch(error => {
        passVerdict(error);
        const isOurs = error instanceof RetriableError;
        expect(isOurs, `start() or open() must throw RetriableError while the other side is away, not ${shown(error)}`);
      });
      if (away !== undefined) await away.end();
      await scene.place.mendPeer!();
      await scene.finishFrom([0]);
    },
  },
  {
    id: 'peer-stalls',
    title: 'while the other side does not answer, the task still ends when it is told to, and its successor goes on',
    leftOut: (_, place) => (place.stallPeer === undefined ? 'the fixture has no stallPeer' : undefined),
    async run(scene) {
      scene.topic.fill(0, 20);
      const sink = await scene.start([0]);
      await sink.feed({ 0: 10 });
      await scene.place.stallPeer!();
      const put = failureOf(sink, scene.topic.batch(0, 10, 14));
      await scene.stage.clock.sleep(30);
      sink.abort();
      await put;
      await sink.end();
      await scene.place.mendPeer?.();
      await scene.finishFrom([0]);
    },
  },
];

async function runTombstones(scene: SinkScene): Promise<void> {
  const { topic, under } = scene;
  const put = (at: number) => topic.add(0, topic.key(0, at), topic.value());
  const nothing = (at: number) => topic.add(0, topic.key(0, at), null);
  put(0);
  const nulls = [nothing(0)];
  put(0);
  put(1);
  nulls.push(nothing(1), nothing(2));
  put(3);
  put(3);
  nulls.push(nothing(3));
  put(3);
  nulls.push(nothing(3));
  const sink = await scene.start([0], { tolerates: true });
  await sink.feed({ 0: topic.end(0) }, 100);
  put(1);
  nulls.push(nothing(0));
  await sink.feed({ 0: topic.end(0) }, 1);
  await sink.finish();
  const refused = sink.rejected.map(({ record }) => record.offset);
  const meant = under.tombstones === 'reject' ? nulls.map(({ offset }) => offset) : [];
  expect(shown(refused) === shown(meant), `rejected were the offsets ${shown(refused)}, and not ${shown(meant)}`);
  await scene.requireHeld(under.tombstones === 'delete' || under.tombstones === 'keep' ? undefined : new Set(nulls));
}

async function runRebalance(scene: SinkScene): Promise<void> {
  const { topic } = scene;
  for (const partition of [0, 1, 2]) topic.fill(partition, 30);
  const first = await scene.start([0, 1, 2, 3]);
  await first.feed({ 0: 6, 1: 5, 2: 4 });
  // In good order: partition 1 goes to another task, while the first has more of the others.
  await first.commit('closing');
  await first.close([1]);
  const second = await scene.start([1]);
  await first.feed({ 0: 12, 2: 7 });
  await second.feed({ 1: 14 });
  await first.feed({ 0: 14, 2: 11 });
  // The second dies; its partition comes back. Then the first loses another without being asked.
  await second.end();
  await first.open([1]);
  await first.feed({ 1: Math.max(20, first.positions.get(1)!) });
  await first.close([2]);
  const third = await scene.start([2]);
  await third.feed({ 2: Math.max(20, third.positions.get(2)!) });
  await first.feed({ 0: 30, 1: 30 });
  await third.commit('closing');
  await third.close([2]);
  await third.end();
  await first.open([2]);
  await first.feed({ 2: 30 });
  await first.finish();
  await scene.requireHeld();
}

async function runBadRecord(scene: SinkScene): Promise<void> {
  const { topic, under } = scene;
  topic.fill(0, 5);
  const bad = topic.add(0, under.bad!.key, under.bad!.value);
  topic.fill(0, 5);
  const strict = await scene.start([0]);
  // A sink that writes behind put() says it when it is asked what is durable.
  const error =
    (await failureOf(strict, topic.batch(0, 0, 11))) ??
    (await strict.flush().then(
      () => undefined,
      (failure: unknown) => failure,
    ));
  expect(error !== undefined, 'where bad records are not tolerated, put() must fail with one, or preCommit() after it');
  expect(!(error instanceof RetriableError), `a bad record does not pass, and it threw ${shown(error)}`);
  await strict.end();
  const sink = await scene.start([0], { tolerates: true });
  await sink.feed({ 0: 11 }, 100);
  await sink.finish();
  const offsets = sink.rejected.map(({ record }) => record.offset);
  expect(
    shown(offsets) === shown([bad.offset]),
    `rejected were the offsets ${shown(offsets)}, and not ${bad.offset} alone`,
  );
  expect(sink.rejected[0]!.error.message !== '', 'reject() is told what is wrong');
  await scene.requireHeld(new Set([bad]));
}

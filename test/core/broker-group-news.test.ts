// What a broker saves members of groups in its own process: heartbeats that are no requests, and questions for topics that have not changed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Broker } from '../../core/broker/broker.js';
import { Consumer } from '../../core/client/consumer.js';
import { DirectConnection } from '../../core/open/direct-connection.js';
import { FairTurn } from '../../core/open/fair-turn.js';
import { nodePorts } from '../../core/platform/node-ports.js';
import { heartbeat } from '../../core/protocol/12-heartbeat.js';
import { leaveGroup } from '../../core/protocol/13-leave-group.js';
import { deleteTopics } from '../../core/protocol/20-delete-topics.js';
import { createPartitions } from '../../core/protocol/37-create-partitions.js';
import { FaultyPlace } from './client/faulty-place.js';
import { base } from './client/group-member.js';
import { Requests } from './requests.js';

const ports = nodePorts();

async function withBroker(body: (broker: Broker, place: FaultyPlace, requests: Requests) => Promise<void>) {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-news-'));
  const broker = await Broker.open(ports, { directory, config: { flush: 'os', groupMinSessionTimeoutMs: 1 } });
  const fairTurn = new FairTurn(ports.clock);
  const options = { fairTurn, clientId: 'test', onClosed: () => undefined };
  const place = { url: 'direct', connect: async () => new DirectConnection(broker, options) };
  try {
    const requests = await Requests.on(place);
    await requests.createTopic('texts', 2);
    await body(broker, new FaultyPlace(place, () => undefined), requests);
  } finally {
    await broker.close();
    await rm(directory, { recursive: true });
  }
}

test('a member in the process of its broker stays in its group without a request, and sends one as soon as there is news', async t => {
  t.timeout(120_000);
  await withBroker(async (broker, faulty, requests) => {
    const news = broker.groupNews;
    let taken = 0;
    const groupNews = {
      topicsVersion: news.topicsVersion,
      subscribe: (groupId: string, heard: () => void) => news.subscribe(groupId, heard),
      everyTick: (heard: () => void) => news.everyTick(heard),
      beat(...[groupId, member]: Parameters<typeof news.beat>) {
        const isTaken = news.beat(groupId, member);
        if (isTaken) taken++;
        return isTaken;
      },
    };
    const place = { url: faulty.url, connect: () => faulty.connect(), groupNews };
    const sessionTimeoutMs = 600;
    const consumer = new Consumer(ports, place, { ...base, sessionTimeoutMs });
    while (consumer.assignment().length < 2) await consumer.poll({ waitMs: 20 });
    const before = consumer.groupMetadata();
    const sinceMs = ports.clock.monotonic();
    while (taken < 20 || ports.clock.monotonic() - sinceMs < 3 * sessionTimeoutMs) await consumer.poll({ waitMs: 20 });
    t.deepEqual(consumer.groupMetadata(), before);
    t.is(faulty.seen.get(heartbeat.name), undefined);

    const { groupId, memberId } = before;
    await requests.send(leaveGroup, { groupId, members: [{ memberId }] });
    while (consumer.groupMetadata().memberId === memberId || consumer.assignment().length < 2)
      await consumer.poll({ waitMs: 20 });
    t.is(faulty.seen.get(heartbeat.name), 1);
    await consumer.close();
  });
});

test('a member that waits for records stays in its group by ticks that are common to all, sees new partitions, and its poll goes on', async t => {
  t.timeout(120_000);
  await withBroker(async (broker, faulty, requests) => {
    const news = broker.groupNews;
    const ticks = new Set<() => void>();
    let aheadMs = 0;
    let [beats, versions] = [0, 0];
    const groupNews = {
      get topicsVersion() {
        versions++;
        return news.topicsVersion;
      },
      subscribe: (groupId: string, heard: () => void) => news.subscribe(groupId, heard),
      everyTick(heard: () => void) {
        ticks.add(heard);
        return () => void ticks.delete(heard);
      },
      beat(...[groupId, member]: Parameters<typeof news.beat>) {
        beats++;
        return news.beat(groupId, member);
      },
    };
    const tick = () => {
      aheadMs += 5_000;
      for (const heard of ticks) heard();
    };
    const clock = { ...ports.clock, monotonic: () => ports.clock.monotonic() + aheadMs };
    const place = { url: faulty.url, connect: () => faulty.connect(), groupNews };
    const times = { heartbeatIntervalMs: 15_000, sessionTimeoutMs: 45_000, maxPollIntervalMs: 60_000 };
    const consumer = new Consumer({ ...ports, clock }, place, { ...base, ...times });
    while (consumer.assignment().length < 2) await consumer.poll({ waitMs: 20 });
    const before = consumer.groupMetadata();
    let hasPolled = false;
    const polling = consumer.poll({ waitMs: 3_600_000 }).finally(() => {
      hasPolled = true;
    });
    while (ticks.size < 2) await ports.clock.yield();
    const [beatsBefore, versionsBefore] = [beats, versions];
    for (let count = 0; count < 48; count++) tick();
    t.is(beats - beatsBefore, 16, 'four minutes of heartbeats');
    t.true(versions - versionsBefore >= 8, 'it knows that there is no new topic');
    for (let turn = 0; turn < 5; turn++) await ports.clock.yield();
    t.false(hasPolled);
    t.deepEqual(consumer.groupMetadata(), before);
    t.is(faulty.seen.get(heartbeat.name), undefined);

    await requests.send(createPartitions, {
      topics: [{ name: 'texts', count: 3, assignments: null }],
      timeoutMs: 1_000,
    });
    while (consumer.assignment().length < 3) {
      tick();
      await ports.clock.sleep(5);
    }
    await requests.produce('texts', 2, ['new']);
    t.deepEqual(
      (await polling).map(({ value }) => value),
      ['new'],
    );
    await consumer.close();
    t.is(ticks.size, 0);
  });
});

test('who knows the version of the topics knows whether one has come, gone or grown', async t => {
  await withBroker(async (broker, _, requests) => {
    const news = broker.groupNews;
    const versions = [news.topicsVersion];
    const changed = () => versions.push(news.topicsVersion) && versions.at(-1) !== versions.at(-2);
    await requests.produce('texts', 0, ['a', 'b']);
    t.false(changed());
    await requests.createTopic('more');
    t.true(changed());
    await requests.send(createPartitions, {
      topics: [{ name: 'texts', count: 3, assignments: null }],
      timeoutMs: 1_000,
    });
    t.true(changed());
    await requests.send(deleteTopics, { topics: [{ name: 'more' }], timeoutMs: 1_000 });
    t.true(changed());
  });
});

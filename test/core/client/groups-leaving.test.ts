// Who leaves a group leaves nothing behind that the others have to wait for, whenever it goes. Sessions are longer than any test: what stayed would stay.

import { kafkaErrors } from '../../../core/base/kafka-errors.js';
import { Consumer } from '../../../core/client/consumer.js';
import { offsetCommit } from '../../../core/protocol/08-offset-commit.js';
import { joinGroup } from '../../../core/protocol/11-join-group.js';
import { heartbeat } from '../../../core/protocol/12-heartbeat.js';
import { leaveGroup } from '../../../core/protocol/13-leave-group.js';
import { syncGroup } from '../../../core/protocol/14-sync-group.js';
import type { RequestOf } from '../../../core/protocol/api.js';
import { testInEveryPlace } from '../places.js';
import { FaultyPlace } from './faulty-place.js';
import { base, Member } from './group-member.js';
import { createTopic } from './reading.js';

const patient = { sessionTimeoutMs: 1_600_000, maxPollIntervalMs: 1_600_000 };

/** The member's first steps into the group; closed while the answer to one of them is on its way. */
const steps = [
  { of: 'asks for an id', api: joinGroup, count: 1 },
  { of: 'joins under its id', api: joinGroup, count: 2 },
  { of: 'asks for its assignment', api: syncGroup, count: 1 },
];

for (const { of: what, api, count: nth } of steps) {
  testInEveryPlace(`a member that is closed while it ${what} holds up nobody`, async (t, place) => {
    t.timeout(120_000);
    const log = await place.open();
    await createTopic(log, 'texts', 2);
    // A coordinator of a cluster may say at first that it is not ready.
    const before = new Member(log, patient);
    await before.until(() => before.has === '0,1');
    await before.close();
    let asked = (): void => {};
    const isAsked = new Promise<void>(resolve => {
      asked = resolve;
    });
    const slow = new FaultyPlace(log, (called, _request, count) => {
      if (called !== api || count !== nth) return undefined;
      asked();
      return { kind: 'answer-late', delayMs: 100 };
    });
    const leaving = new Consumer(log.ports, slow, { ...base, ...patient });
    const polling = leaving.poll({ waitMs: 100_000 });
    await isAsked;
    await leaving.close();
    t.deepEqual(await polling, []);
    t.is(slow.struck['answer-late'], 1);
    t.is(slow.seen.get(leaveGroup.name), 1);
    const joins = slow.seen.get(joinGroup.name);
    const other = new Member(log, patient);
    await other.until(() => other.has === '0,1');
    await other.close();
    t.is(slow.seen.get(joinGroup.name), joins);
  });
}

testInEveryPlace('a member whose listener and last commit fail leaves all the same', async (t, place) => {
  t.timeout(120_000);
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  const { code } = kafkaErrors.GROUP_AUTHORIZATION_FAILED;
  const refused = [{ name: 'texts', partitions: [{ partitionIndex: 0, errorCode: code }] }];
  const refusing = new FaultyPlace(log, api =>
    api === offsetCommit ? { kind: 'answer', answer: offsetCommit.response({ topics: refused }) } : undefined,
  );
  const { topics: _, ...options } = { ...base, ...patient };
  const failing = new Consumer(log.ports, refusing, options);
  const onRevoked = async (): Promise<void> => {
    await failing.commit([{ topic: 'texts', partition: 0, offset: 0 }]);
  };
  failing.subscribe(['texts'], { onRevoked });
  while (failing.assignment().length < 2) await failing.poll({ waitMs: 20 });
  await t.throwsAsync(failing.close(), { message: /GROUP_AUTHORIZATION_FAILED/ });
  t.is(refusing.struck.answer, 1);
  const other = new Member(log, patient);
  await other.until(() => other.has === '0,1');
  await other.close();
});

testInEveryPlace('a member that has lost its generation leaves under its id', async (t, place) => {
  t.timeout(120_000);
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  const lost = heartbeat.response({ errorCode: kafkaErrors.ILLEGAL_GENERATION.code });
  const left: string[] = [];
  const forgetful = new FaultyPlace(log, (api, request: RequestOf<typeof leaveGroup>) => {
    if (api === leaveGroup) left.push(...request.members.map(({ memberId }) => memberId));
    return api === heartbeat ? { kind: 'answer', answer: lost } : undefined;
  });
  const lonely = new Consumer(log.ports, forgetful, { ...base, ...patient });
  while (lonely.assignment().length < 2) await lonely.poll({ waitMs: 5 });
  const { memberId } = lonely.groupMetadata();
  while (lonely.groupMetadata().generationId >= 0) await log.ports.clock.sleep(5);
  await lonely.close();
  t.deepEqual(left, [memberId]);
  const other = new Member(log, patient);
  await other.until(() => other.has === '0,1');
  await other.close();
});

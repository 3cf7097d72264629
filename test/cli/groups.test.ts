import { join } from 'node:path';
import test from 'ava';
import { openLog } from '../../core/index.js';
import { millrace, testFolder } from './run-millrace.js';

test('groups are listed and described with what they committed and how far they are behind', async t => {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics([{ name: 'orders', partitions: 1 }]);
  const producer = log.producer();
  for (const value of ['a', 'b', 'c']) await producer.send('orders', { value });
  await producer.close();
  const consumer = log.consumer({ groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' });
  while ((await consumer.poll({ waitMs: 1_000 })).length === 0);
  await consumer.commit([{ topic: 'orders', partition: 0, offset: 1 }]);
  await consumer.close();
  await log.close();

  const listed = await millrace(['group', 'list', '--json'], { cwd });
  t.like(JSON.parse(listed.stdout), [{ group: 'billing', state: 'Empty' }]);
  t.regex((await millrace(['group', 'list'], { cwd })).stdout, /^billing +Empty$/m);

  const described = await millrace(['group', 'describe', 'billing', '--json'], { cwd });
  const [group] = JSON.parse(described.stdout);
  t.like(group, { group: 'billing', lag: 2, members: [] });
  t.like(group.offsets[0], { topic: 'orders', partition: 0, committedOffset: 1, endOffset: 3, lag: 2 });
  const text = await millrace(['group', 'describe', 'billing'], { cwd });
  t.regex(text.stdout, /^billing {2}Empty {2}0 members {2}lag 2$/m);
  t.regex(text.stdout, /^orders +0 +1 +3 +2 +-$/m);

  const unknown = await millrace(['group', 'describe', 'biling'], { cwd });
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /^millrace: .*biling.*"billing".*\n$/);
});

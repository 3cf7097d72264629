// What `npm run kafka -- start` promises to long runs: a disk does not fill with topics that were deleted.

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { openLog } from '../../core/index.js';
import { ownKafka } from './own-kafka.js';

test('what a deleted topic held is gone while the cluster runs', async t => {
  const cluster = await ownKafka(t);
  if (cluster === undefined) return;
  await using log = await openLog(cluster.url);
  await using admin = log.admin();
  await admin.createTopics(['kept', 'gone'].map(name => ({ name, partitions: 2 })));
  await using producer = log.producer();
  for (const name of ['kept', 'gone']) await producer.send(name, { value: 'x'.repeat(500_000) });
  const data = join(dirname(cluster.node(1).logFile), 'data');
  const folders = (name: string) => readdirSync(data).filter(folder => folder.startsWith(`${name}-`)).length;
  t.is(folders('gone'), 2);
  await admin.deleteTopics(['gone']);
  // At first they are but renamed (gone-0.<id>-delete).
  for (let waited = 0; folders('gone') > 0; waited++) {
    if (waited > 600) throw new Error('the folders of the deleted topic are still there');
    await log.ports.clock.sleep(100);
  }
  t.is(folders('kept'), 2);
});

// On a cluster, too, each run begins anew: topics and groups of an earlier run are removed. A topic that keeps the offsets of the sources marks
// them as this example's; without it, topics of the same names are somebody else's and never touched.

import { type Log, UsageError } from 'millrace';
import type { Job } from './job.js';
import { deadLetterTopic, sinkName, sourceOffsetsTopic } from './run-job.js';

/** Says whether there was an earlier run. Throws UsageError when topics of these names are not of this example. */
export async function beginOnCluster(log: Log, job: Job): Promise<boolean> {
  const admin = log.admin();
  const marker = sourceOffsetsTopic(job);
  const own = new Set([...job.topics.map(({ name }) => name), ...job.sources.map(({ name }) => deadLetterTopic(name))]);
  const there = (await admin.listTopics()).map(({ name }) => name);
  const wasHereBefore = there.includes(marker);
  const found = there.filter(name => own.has(name) || (name.startsWith(`${job.name}-`) && name !== marker));
  if (!wasHereBefore && found.length > 0) {
    const names = found.join(', ');
    throw new UsageError(`${log.url} has topics that are not of this example: ${names}; name another cluster by --url`);
  }
  // The marker goes last: a run that is killed in the middle of this leaves topics that the next one still knows as its own.
  if (found.length > 0) await admin.deleteTopics(found);
  if (wasHereBefore) await admin.deleteTopics([marker]);
  const groups = [job.name, `connect-${sinkName(job)}`];
  const oldGroups = (await admin.listGroups()).map(({ groupId }) => groupId).filter(id => groups.includes(id));
  if (oldGroups.length > 0) await admin.deleteGroups(oldGroups);
  await admin.createTopics([{ name: marker, partitions: 1, configs: { 'cleanup.policy': 'compact' } }]);
  return wasHereBefore;
}

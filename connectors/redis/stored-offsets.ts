// What it means that Redis does not hold the offsets that were expected there: another task has taken this one's place, or another Redis has taken the place
// of the one that was written, such as a replica that was promoted before it had been passed everything.

import {
  type CommittedOffset,
  ConfigError,
  type Logger,
  type TopicOffset,
  type TopicPartition,
} from '../../connect/api/index.js';
import type { RedisSinkConfig } from './redis-sink-config.js';

/** The task goes on from what Redis holds when it is started again; the runtime does that. */
export class Replaced extends Error {
  override readonly name = 'Replaced';
}

/** `had`: what Redis held as far as this task knows. */
export function replaced(
  { topic, partition }: TopicPartition,
  had: number | undefined,
  found: number | undefined,
): Replaced {
  const isBehind = (found ?? -1) < (had ?? -1);
  const why = isBehind
    ? 'it has lost what was written since, as a replica that was promoted before it had everything, or another Redis answers; going on from what it holds'
    : 'this task has not written that: another task writes in its place';
  return new Replaced(
    `${topic}-${partition}: Redis holds ${found === undefined ? 'no offset' : `the offset ${found}`} where this task knows of ${had ?? 'none'}: ${why}`,
  );
}

export interface OffsetsAtStart {
  readonly connector: string;
  readonly logger: Logger;
  /** Of the group. */
  readonly committed: readonly CommittedOffset[];
  readonly stored: readonly TopicOffset[];
  keyOf(partition: TopicPartition): string;
}

/**
 * Says loudly where this sink has written before and Redis holds nothing: what was written is in another Redis, or gone. Throws ConfigError where the
 * configuration refuses to go on so.
 */
export function requireStored(at: OffsetsAtStart, onMissing: RedisSinkConfig['redis.offsets.missing']): void {
  for (const { topic, partition, offset, wasWritten } of at.committed) {
    const isThere = at.stored.some(each => each.topic === topic && each.partition === partition);
    if (isThere || wasWritten !== true) continue;
    const what = `Redis holds no offset of this sink for ${topic}-${partition} (key ${at.keyOf({ topic, partition })}), while its group has committed ${offset}`;
    const why =
      'It has lost what this sink wrote before, or another Redis answers (a replica that was promoted before it had everything): records before that offset may be missing there, and others may come twice';
    const how = `To write all again, stop the connector and reset the offsets of its group`;
    if (onMissing === 'fail') {
      throw new ConfigError(`${what}. ${why}. ${how}; or set redis.offsets.missing=continue to go on from ${offset}`);
    }
    at.logger.warn(`connector ${at.connector}: ${what}: going on from ${offset}. ${why}. ${how}`);
  }
}

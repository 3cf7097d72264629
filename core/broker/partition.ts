import { ProtocolError } from '../base/errors.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { CodecName } from '../ports/compression.js';
import type { TimestampBounds } from './timestamp-bounds.js';

/** One partition that this broker leads. */
export interface Partition {
  readonly log: PartitionLog;
  leaderEpoch: number;
  /** Records without a key are refused: compaction could never remove them. */
  isCompacted: boolean;
  /** In which all batches are kept; undefined: as their producers chose. */
  codec: CodecName | undefined;
  /** Undefined where the broker stamps the records. */
  timestampBounds: TimestampBounds | undefined;
}

/** Throws when the client believes in another leader epoch than ours (KIP-320); -1 is not checked. */
export function requireLeaderEpoch(partition: Partition, claimed: number): void {
  if (claimed < 0 || claimed === partition.leaderEpoch) return;
  const { topic, partition: index } = partition.log;
  const kind = claimed < partition.leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH';
  throw new ProtocolError(kind, `${topic}-${index} is in leader epoch ${partition.leaderEpoch}, not ${claimed}`);
}

/** Of readers that skip aborted transactions, and wait for open ones. */
const readCommitted = 1;

export function isReadCommitted(isolationLevel: number): boolean {
  return isolationLevel === readCommitted;
}

/** Behind the last offset that a reader may see. */
export function visibleEnd(log: PartitionLog, isolationLevel: number): number {
  return isReadCommitted(isolationLevel) ? log.lastStableOffset : log.highWatermark;
}

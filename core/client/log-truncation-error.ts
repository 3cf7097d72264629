import { ProtocolError } from '../base/errors.js';
import type { TopicPartition } from './topic.js';

/** The log was cut below what this consumer had read, and `autoOffsetReset` is 'none': the application must say where to go on. */
export class LogTruncationError extends ProtocolError {
  override readonly name = 'LogTruncationError';
  readonly topic: string;
  readonly partition: number;
  /** Where the consumer stood. */
  readonly offset: number;
  /** From here on the log holds other records than those that were read; undefined when the leader cannot tell. */
  readonly divergentOffset: number | undefined;

  constructor({ topic, partition }: TopicPartition, offset: number, divergentOffset: number | undefined) {
    const where = divergentOffset === undefined ? '' : ` from offset ${divergentOffset} on`;
    const advice = divergentOffset === undefined ? 'seek to where to go on' : `seek to ${divergentOffset} to read them`;
    super(
      'OFFSET_OUT_OF_RANGE',
      `the log of ${topic}-${partition} was truncated below offset ${offset}, which was read already; it holds other records${where}: ${advice}`,
    );
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.divergentOffset = divergentOffset;
  }
}

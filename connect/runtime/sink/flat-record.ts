import type { RecordCursor } from '../../../core/index.js';
import type { Converted, Converter } from '../../api/converter.js';
import type { FlatObject, FlatReader, FlatShape } from '../../api/flat-object.js';
import type { RecordHeader, SinkRecord, TopicPartition } from '../../api/record.js';

/** What the records of one batch of the log have in common. */
export interface FlatBatch extends TopicPartition {
  /** Valid as long as anybody holds them. */
  readonly bytes: Uint8Array;
  readonly converter: Converter;
}

/** A record whose value is read when somebody asks for it. */
export class FlatRecord implements SinkRecord, FlatObject {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: unknown;
  readonly keySchema: SinkRecord['keySchema'];
  readonly headers: readonly RecordHeader[];
  readonly shape: FlatShape;
  readonly bounds: Int32Array;
  readonly boundsAt: number;
  // Not #private: these are made by the hundred thousand a second, and V8 sets those up one by one.
  private readonly batch: FlatBatch;
  private readonly start: number;
  private readonly end: number;

  /** Of the record at `index` of the cursor, whose value the reader has just found to be flat. */
  constructor(batch: FlatBatch, cursor: RecordCursor, index: number, key: Converted, found: FlatReader) {
    this.offset = cursor.offset(index);
    this.timestamp = cursor.timestamp(index);
    this.key = key.value;
    this.keySchema = key.schema;
    this.headers = cursor.headers(index);
    this.shape = found.shape;
    this.bounds = found.bounds;
    this.boundsAt = found.boundsAt;
    this.batch = batch;
    this.start = cursor.valueStart(index);
    this.end = cursor.valueEnd(index);
  }

  get topic(): string {
    return this.batch.topic;
  }

  get partition(): number {
    return this.batch.partition;
  }

  get bytes(): Uint8Array {
    return this.batch.bytes;
  }

  get flat(): FlatObject {
    return this;
  }

  get valueSchema(): undefined {
    return undefined;
  }

  get value(): unknown {
    return this.batch.converter.read(this.batch.bytes, this.start, this.end).value;
  }
}

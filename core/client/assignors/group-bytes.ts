// The plain types that the metadata of group members is made of: Kafka's oldest encoding, without versions of its own.

import { ProtocolError } from '../../base/errors.js';
import { Arena } from '../../records/arena.js';
import { readInt16, readInt32, writeInt16, writeInt32 } from '../../records/int64.js';
import { readText } from '../../serdes/string-serde.js';
import { groupBy } from '../group-by.js';
import type { TopicPartition } from '../topic.js';

export class GroupBytesWriter {
  readonly #out = new Arena(256);

  int16(value: number): this {
    const out = this.#out;
    out.reserve(2);
    writeInt16(out.bytes, out.position, value);
    out.position += 2;
    return this;
  }

  int32(value: number): this {
    const out = this.#out;
    out.reserve(4);
    writeInt32(out.bytes, out.position, value);
    out.position += 4;
    return this;
  }

  string(text: string): this {
    const lengthAt = this.#out.position;
    this.int16(0);
    this.#out.appendText(text);
    writeInt16(this.#out.bytes, lengthAt, this.#out.position - lengthAt - 2);
    return this;
  }

  strings(texts: readonly string[]): this {
    this.int32(texts.length);
    for (const text of texts) this.string(text);
    return this;
  }

  nullableString(text: string | null): this {
    return text === null ? this.int16(-1) : this.string(text);
  }

  nullableBytes(bytes: Uint8Array | null): this {
    if (bytes === null) return this.int32(-1);
    this.int32(bytes.length);
    const out = this.#out;
    out.reserve(bytes.length);
    out.bytes.set(bytes, out.position);
    out.position += bytes.length;
    return this;
  }

  /** By topic, in the order of their first appearance. */
  partitions(partitions: readonly TopicPartition[]): this {
    const byTopic = groupBy(partitions, ({ topic }) => topic);
    this.int32(byTopic.size);
    for (const [topic, group] of byTopic) {
      this.string(topic).int32(group.length);
      for (const { partition } of group) this.int32(partition);
    }
    return this;
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#out.bytes.subarray(0, this.#out.position));
  }
}

/** Throws INCONSISTENT_GROUP_PROTOCOL for bytes that are not what they should be. */
export class GroupBytesReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get hasMore(): boolean {
    return this.#position < this.#bytes.length;
  }

  int16(): number {
    return readInt16(this.#bytes, this.#take(2));
  }

  int32(): number {
    return readInt32(this.#bytes, this.#take(4));
  }

  string(): string {
    const length = this.int16();
    const start = this.#take(length);
    return readText(this.#bytes, start, start + length);
  }

  nullableString(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const start = this.#take(length);
    return readText(this.#bytes, start, start + length);
  }

  nullableBytes(): Uint8Array | null {
    const length = this.int32();
    if (length < 0) return null;
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  list<T>(read: () => T): T[] {
    const count = this.int32();
    // An element takes two bytes at least: a count beyond that is no count.
    if (count < 0 || count * 2 > this.#bytes.length - this.#position) throw malformed();
    return Array.from({ length: count }, read);
  }

  partitions(): readonly TopicPartition[] {
    return this.list(() => {
      const topic = this.string();
      return this.list(() => ({ topic, partition: this.int32() }));
    }).flat();
  }

  #take(count: number): number {
    const start = this.#position;
    if (count < 0 || start + count > this.#bytes.length) throw malformed();
    this.#position = start + count;
    return start;
  }
}

function malformed(): ProtocolError {
  return new ProtocolError('INCONSISTENT_GROUP_PROTOCOL', 'a member of the group sent metadata that cannot be read');
}

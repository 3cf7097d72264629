// A writer that leaves large batches where they are: a message with batches is sent as several pieces, without a copy of what makes up nearly
// all of it.

import { MessageWriter } from './message-writer.js';

/** Smaller ones are copied: that costs less than a piece more. */
const referredBytesMin = 16 * 1024;

export class GatheringWriter extends MessageWriter {
  /** Those that were left where they are. They must not change until the message was sent. */
  readonly batches: Uint8Array[] = [];
  /** Where in `bytes` each of them has its place. */
  readonly #places: number[] = [];
  #batchesBytes = 0;

  /** Of the whole message. */
  get sizeBytes(): number {
    return this.position + this.#batchesBytes;
  }

  override batch(batch: Uint8Array): void {
    if (batch.length < referredBytesMin) {
      super.batch(batch);
      return;
    }
    this.batches.push(batch);
    this.#places.push(this.position);
    this.#batchesBytes += batch.length;
  }

  /** The message, one piece behind the other. The writer must not be used afterwards. */
  pieces(): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const [index, place] of this.#places.entries()) {
      if (place > from) pieces.push(this.bytes.subarray(from, place));
      pieces.push(this.batches[index]!);
      from = place;
    }
    if (this.position > from) pieces.push(this.bytes.subarray(from, this.position));
    return pieces;
  }
}

// The records of one `sendAll`: they are told of once, when the last batch that holds any of them is settled.

import type { RecordMetadata } from './producer-options.js';

export class SendGroup {
  /** Of the last record in each partition, by partition. Rejects with the first failure. */
  readonly settled: Promise<readonly RecordMetadata[]>;
  #resolve!: (last: readonly RecordMetadata[]) => void;
  #reject!: (error: unknown) => void;
  /** Parts of it that are on their way; giving the records is one. */
  #openCount = 1;
  #failure: { readonly error: unknown } | undefined;
  readonly #last = new Map<number, RecordMetadata>();

  constructor() {
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** A batch, or a promise, has a part of it. Each must end by `landed`, `failed` or `close`. */
  open(): void {
    this.#openCount++;
  }

  /** With its last record. */
  landed(metadata: RecordMetadata): void {
    const known = this.#last.get(metadata.partition);
    if (known === undefined || known.offset <= metadata.offset) this.#last.set(metadata.partition, metadata);
    this.close();
  }

  failed(error: unknown): void {
    this.#failure ??= { error };
    this.close();
  }

  close(): void {
    if (--this.#openCount > 0) return;
    if (this.#failure !== undefined) this.#reject(this.#failure.error);
    else this.#resolve([...this.#last.values()].sort((a, b) => a.partition - b.partition));
  }
}

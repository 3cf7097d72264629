/** The batches that one `flush` waits for: those sealed since the flush before. */
export class FlushGroup {
  /** Resolves when the group is closed and each of its batches was delivered or given up. */
  readonly finished: Promise<void>;
  #resolve: () => void = () => undefined;
  #unfinished = 0;
  #isClosed = false;

  constructor() {
    this.finished = new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  add(count: number): void {
    this.#unfinished += count;
    this.#settle();
  }

  /** No further batches join. */
  close(): void {
    this.#isClosed = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#isClosed && this.#unfinished === 0) this.#resolve();
  }
}

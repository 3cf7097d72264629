// Parts of work that are done one after the other while their giver goes on: so the next are read and made ready while the database works. What fails
// stays where it is, first in the row, and nothing behind it begins: whoever comes next is told, and by that tries it again.

import { RetriableError } from '../../connect/api/index.js';

export class WriteBehind<P> {
  readonly #write: (part: P) => Promise<void>;
  readonly #failed: () => void;
  readonly #parts: P[] = [];
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Nothing begins before it resolves. */
  #held: Promise<unknown> | undefined;
  #isStopped = false;

  /** `failed`: called for each failure, as there may be nobody who waits. */
  constructor(write: (part: P) => Promise<void>, failed: () => void) {
    this.#write = write;
    this.#failed = failed;
  }

  /** Resolves when it has its place, with at most one other before it that is not being written. Rejects, and it has none, with what another failed by. */
  async add(part: P): Promise<void> {
    while (this.#parts.length > 1) await this.#step();
    this.#parts.push(part);
    this.#go();
  }

  /** Those that are not done. */
  get parts(): readonly P[] {
    return this.#parts;
  }

  /** What has failed is tried again; rejects when it fails once more, and at once for what will not pass. Without a failure it does nothing. */
  async retry(): Promise<void> {
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    if (!(error instanceof RetriableError)) throw error;
    this.#failure = undefined;
    await this.#step();
  }

  /** Resolves when all is done. */
  async drain(): Promise<void> {
    await this.retry();
    while (this.#parts.length > 0) await this.#step();
  }

  /** In between: what is being written is waited for, and nothing begins before `work` has ended. One call at a time. */
  async between<T>(work: () => Promise<T>): Promise<T> {
    const ready = (this.#running ?? Promise.resolve()).then(work);
    this.#held = ready.catch(() => undefined);
    try {
      return await ready;
    } finally {
      this.#held = undefined;
      this.#go();
    }
  }

  /** Nothing begins any more. Resolves when what is being written has ended, well or not. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** Until one has been written. */
  async #step(): Promise<void> {
    await this.#held;
    this.#go();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#isStopped) throw new RetriableError('the task was stopped before all was written');
  }

  #go(): void {
    if (this.#held !== undefined || this.#isStopped || this.#running !== undefined || this.#failure !== undefined)
      return;
    const [part] = this.#parts;
    if (part === undefined) return;
    this.#running = this.#write(part).then(
      () => {
        this.#parts.shift();
        this.#running = undefined;
        this.#go();
      },
      (error: unknown) => {
        this.#failure = { error };
        this.#running = undefined;
        this.#failed();
      },
    );
  }
}

import type { SinkBatch, TopicOffset } from '../../api/record.js';
import type { SinkTask } from '../../api/sink.js';

/** A task that is asked one thing at a time, and tells whether it is being asked. */
export class AskedTask {
  readonly #task: SinkTask;
  #isAsked = false;

  constructor(task: SinkTask) {
    this.#task = task;
  }

  /** It is in `put` or `preCommit`. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** It says itself what is durable. */
  get knowsDurable(): boolean {
    return this.#task.preCommit !== undefined;
  }

  put(batches: readonly SinkBatch[]): Promise<void> {
    return this.#asking(() => this.#task.put(batches));
  }

  /** The offsets that it calls durable. */
  preCommit(why: 'interval' | 'closing'): Promise<readonly TopicOffset[]> {
    return this.#asking(() => this.#task.preCommit?.(why) ?? []);
  }

  open(...given: Parameters<NonNullable<SinkTask['open']>>): ReturnType<NonNullable<SinkTask['open']>> | undefined {
    return this.#task.open?.(...given);
  }

  close(...given: Parameters<NonNullable<SinkTask['close']>>): ReturnType<NonNullable<SinkTask['close']>> | undefined {
    return this.#task.close?.(...given);
  }

  async #asking<T>(ask: () => T | Promise<T>): Promise<T> {
    this.#isAsked = true;
    try {
      return await ask();
    } finally {
      this.#isAsked = false;
    }
  }
}

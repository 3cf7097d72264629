// The sends that wait for metadata, for a producer id or for room. While there are any, later ones queue up behind them, so that the order
// is that of the calls.

import type { ProducerRecord, RecordMetadata } from './producer-options.js';
import type { Topic } from './topic.js';

// biome-ignore lint/suspicious/noExplicitAny: what one producer keeps is of topics of all types.
export type AnyTopic = Topic<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnyRecord = ProducerRecord<any, any>;

interface WaitingSend {
  readonly topic: AnyTopic;
  readonly record: AnyRecord;
  readonly resolve: (metadata: Promise<RecordMetadata>) => void;
  readonly reject: (error: unknown) => void;
}

export interface SendSteps {
  /** Until the topic can be written to. */
  prepare(topic: AnyTopic, record: AnyRecord): Promise<void> | undefined;
  /** Until there is room. */
  makeRoom(): Promise<void> | undefined;
  append(topic: AnyTopic, record: AnyRecord): Promise<RecordMetadata>;
}

export class WaitingSends {
  /** Resolves when none of those that wait now waits any more. */
  done: Promise<void> = Promise.resolve();
  readonly #steps: SendSteps;
  #sends: WaitingSend[] = [];
  #refusal: { readonly error: unknown; readonly before: number } | undefined;
  #next = 0;

  constructor(steps: SendSteps) {
    this.#steps = steps;
  }

  get isEmpty(): boolean {
    return this.#sends.length === 0;
  }

  add(topic: AnyTopic, record: AnyRecord): Promise<RecordMetadata> {
    return new Promise<RecordMetadata>((resolve, reject) => {
      this.#sends.push({ topic, record, resolve, reject });
      if (this.#sends.length === 1) this.done = this.#run();
    });
  }

  /** Rejects those that wait now. */
  refuse(error: unknown): void {
    this.#refusal = { error, before: this.#sends.length };
  }

  async #run(): Promise<void> {
    /** By topic: until where a failure counts. Those sends have waited as long, and for the same. */
    const failures = new Map<AnyTopic, { readonly error: unknown; readonly before: number }>();
    for (this.#next = 0; this.#next < this.#sends.length; this.#next++) {
      const at = this.#next;
      const { topic, record, resolve, reject } = this.#sends[at]!;
      const known = [this.#refusal, failures.get(topic)].find(each => each !== undefined && at < each.before);
      if (known !== undefined) {
        reject(known.error);
        continue;
      }
      try {
        await this.#prepare(topic, record, error => failures.set(topic, { error, before: this.#sends.length }));
        await this.#steps.makeRoom();
        if (this.#refusal !== undefined && at < this.#refusal.before) throw this.#refusal.error;
        resolve(this.#steps.append(topic, record));
      } catch (error) {
        reject(error);
      }
    }
    this.#sends = [];
    this.#refusal = undefined;
  }

  async #prepare(topic: AnyTopic, record: AnyRecord, onFailed: (error: unknown) => void): Promise<void> {
    const preparing = this.#steps.prepare(topic, record);
    if (preparing === undefined) return;
    try {
      await preparing;
    } catch (error) {
      onFailed(error);
      throw error;
    }
  }
}

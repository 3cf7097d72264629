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

/** So many that were dealt with are let go at a time: under load somebody may always wait. */
const forgetAfter = 1_024;

export class WaitingSends {
  /** Resolves when none of those that wait now waits any more. */
  done: Promise<void> = Promise.resolve();
  readonly #steps: SendSteps;
  #sends: WaitingSend[] = [];
  #refusal: { readonly error: unknown; readonly before: number } | undefined;
  #next = 0;
  /** How many in front of `#sends` were dealt with and let go. Places in the queue count on from them. */
  #forgotten = 0;

  constructor(steps: SendSteps) {
    this.#steps = steps;
  }

  /** Those that wait, and those that were dealt with and are not let go yet. */
  get heldCount(): number {
    return this.#sends.length;
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
    this.#refusal = { error, before: this.#end };
  }

  async #run(): Promise<void> {
    /** By topic: until where a failure counts. Those sends have waited as long, and for the same. */
    const failures = new Map<AnyTopic, { readonly error: unknown; readonly before: number }>();
    for (this.#next = 0; this.#next < this.#sends.length; this.#next++) {
      if (this.#next >= forgetAfter) this.#forget();
      const at = this.#forgotten + this.#next;
      const { topic, record, resolve, reject } = this.#sends[this.#next]!;
      const known = [this.#refusal, failures.get(topic)].find(each => each !== undefined && at < each.before);
      if (known !== undefined) {
        reject(known.error);
        continue;
      }
      try {
        await this.#prepare(topic, record, error => failures.set(topic, { error, before: this.#end }));
        await this.#steps.makeRoom();
        if (this.#refusal !== undefined && at < this.#refusal.before) throw this.#refusal.error;
        resolve(this.#steps.append(topic, record));
      } catch (error) {
        reject(error);
      }
    }
    this.#sends = [];
    this.#forgotten = 0;
    this.#refusal = undefined;
  }

  get #end(): number {
    return this.#forgotten + this.#sends.length;
  }

  #forget(): void {
    this.#sends.splice(0, this.#next);
    this.#forgotten += this.#next;
    this.#next = 0;
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

// A source's task without the runtime: the suite polls it, says what is acknowledged, and ends it in good order or as a crash would.

import type { SourceContext } from '../api/context.js';
import { RetriableError } from '../api/errors.js';
import type { BadRecord, SourceBatch } from '../api/record.js';
import type { Polled, SourceTask } from '../api/source.js';
import { pollOf } from '../runtime/source/poll-of.js';
import { ConformanceFailure, expect, shown } from './conformance-failure.js';
import { drivenContext } from './driven-context.js';
import type { SourcePlace, SourceUnderTest } from './fixtures.js';
import type { Stage } from './stage.js';
import { StoredOffsets } from './stored-offsets.js';

export class DrivenSource {
  /** What it has handed out, in order. */
  readonly batches: SourceBatch[] = [];
  hasEnded = false;
  readonly #stage: Stage;
  readonly #task: SourceTask;
  readonly #abort: AbortController;
  readonly #offsets: StoredOffsets;
  readonly #textOf: NonNullable<SourceUnderTest['textOf']>;
  readonly #poll: (signal: AbortSignal) => Polled | Promise<Polled>;
  #acknowledged = 0;
  #polling: Promise<Polled> | undefined;

  private constructor(
    stage: Stage,
    under: SourceUnderTest,
    parts: { task: SourceTask; abort: AbortController; offsets: StoredOffsets },
  ) {
    this.#stage = stage;
    this.#task = parts.task;
    this.#abort = parts.abort;
    this.#offsets = parts.offsets;
    this.#textOf = under.textOf ?? (({ value }) => String(value));
    this.#poll = pollOf(parts.task);
  }

  /** Begins where `offsets` say. The error of a task that cannot be started passes through. */
  static async start(
    stage: Stage,
    under: SourceUnderTest,
    place: SourcePlace,
    offsets: StoredOffsets = new StoredOffsets(),
  ): Promise<DrivenSource> {
    const { connector } = under;
    const own = connector.config.parse(place.config);
    const [config] = connector.tasks?.(own, 1) ?? [own];
    expect(config !== undefined, 'tasks(config, 1) gave no task');
    const abort = new AbortController();
    const context: SourceContext = {
      ...drivenContext(stage, abort.signal),
      offset: partition => offsets.get(partition),
      offsets: () => offsets.all(),
    };
    const task = await stage.within('start()', connector.start(config, context));
    expect(
      (task.poll === undefined) !== (task.batches === undefined),
      'a source task has either poll() or batches(), one of the two',
    );
    return new DrivenSource(stage, under, { task, abort, offsets });
  }

  get hasCommitted(): boolean {
    return this.#task.committed !== undefined;
  }

  get texts(): readonly string[] {
    return textsOf(this.batches, this.#textOf);
  }

  get bad(): readonly BadRecord[] {
    return this.batches.flatMap(batch => batch.bad ?? []);
  }

  /** The texts of batches that have not been acknowledged. */
  get unacknowledged(): readonly string[] {
    return textsOf(this.batches.slice(this.#acknowledged), this.#textOf);
  }

  /** One poll; the batches that it gave. */
  async poll(): Promise<readonly SourceBatch[]> {
    if (this.hasEnded) return [];
    this.#polling ??= Promise.resolve(this.#poll(this.#abort.signal));
    const polled = await this.#stage.within('poll()', this.#polling).finally(() => {
      this.#polling = undefined;
    });
    if (polled === 'ended') this.hasEnded = true;
    const batches = polled === 'ended' ? [] : polled;
    for (const batch of batches) requireFlat(batch);
    this.batches.push(...batches);
    return batches;
  }

  /** Polls until so many of the values have come that `isEnough` holds. What is retriable is asked again. */
  async readUntil(what: string, isEnough: () => boolean): Promise<void> {
    await this.#stage.until(what, async () => {
      for (let isMore = true; isMore && !isEnough(); ) isMore = await this.#hasMore();
      if (this.hasEnded && !isEnough()) throw new ConformanceFailure(`${what}: the source ended before`);
      return isEnough();
    });
  }

  async #hasMore(): Promise<boolean> {
    try {
      return (await this.poll()).length > 0;
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      return false;
    }
  }

  /** Reads on until all these values have come. */
  async readAll(values: Iterable<string>): Promise<void> {
    const wanted = new Set(values);
    let seen = 0;
    await this.readUntil('values that were put arrive', () => {
      for (; seen < this.texts.length; seen++) wanted.delete(this.texts[seen]!);
      return wanted.size === 0;
    });
  }

  /** The first so many batches that are not yet: their offsets are stored, and the task hears of it. */
  async acknowledge(count = this.batches.length): Promise<void> {
    const latest = new StoredOffsets();
    for (const { partition, offset } of this.batches.slice(this.#acknowledged, this.#acknowledged + count)) {
      this.#offsets.set(partition, offset);
      latest.set(partition, offset);
    }
    this.#acknowledged = Math.min(this.batches.length, this.#acknowledged + count);
    await this.#stage.within('committed()', this.#task.committed?.([...latest.all()]));
  }

  /** As the runtime does it: the signal, then close() when the poll has answered. What was not acknowledged stays so. */
  async end(): Promise<void> {
    this.#abort.abort();
    await this.#stage.within(
      'a poll() that was aborted',
      this.#polling?.catch(() => undefined),
    );
    await this.#stage.within('close()', this.#task.close?.());
  }

  /** Begins a poll and leaves it under way. */
  beginPoll(): void {
    this.#polling ??= Promise.resolve(this.#poll(this.#abort.signal));
    this.#polling.catch(() => undefined);
  }
}

function textsOf(batches: readonly SourceBatch[], textOf: NonNullable<SourceUnderTest['textOf']>): readonly string[] {
  return batches.flatMap(batch => batch.records.map(({ key, value }) => textOf({ key, value })));
}

function requireFlat({ partition, offset }: SourceBatch): void {
  for (const [what, found] of Object.entries({ partition, offset })) {
    const isFlat = Object.values(found).every(
      each => each === null || ['string', 'number', 'boolean'].includes(typeof each),
    );
    expect(isFlat, `the ${what} of a batch holds more than text, numbers, booleans and null: ${shown(found)}`);
    const text = JSON.stringify(found);
    const again = JSON.stringify(JSON.parse(text));
    const isExact = Object.values(found).every(each => typeof each !== 'number' || Number.isFinite(each));
    expect(text === again && isExact, `the ${what} of a batch does not survive JSON: ${text}`);
  }
}

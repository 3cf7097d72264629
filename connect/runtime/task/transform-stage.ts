// Where records pass the transforms of a configuration: in order, one batch at a time. What one of them throws makes the record a bad one (stage
// TRANSFORMATION); a record that is filtered out goes no further, and counts as done.
// Transforms that give promises are waited for together, so many records at a time; those that do not cost no promise at all.

import type { TransformRecord } from '../../api/transform.js';
import type { TransformChain, Transformed } from '../../transforms/transform-chain.js';

/** Records whose transforms may be under way at a time. */
const windowRecords = 256;

export interface StageSides<R> {
  /** Throws what makes the record a bad one before it is transformed, such as a header that cannot be read. */
  into(record: R): TransformRecord;
  outOf(transformed: TransformRecord, original: R): R;
  /** Keeps the record aside; throws where errors are not tolerated. */
  reject(record: R, error: unknown): void;
}

export class TransformStage<R> {
  readonly #chain: TransformChain;
  readonly #sides: StageSides<R>;

  constructor(chain: TransformChain, sides: StageSides<R>) {
    this.#chain = chain;
    this.#sides = sides;
  }

  /** What is left of the records, in their order. A promise only where a transform gave one. */
  run(records: readonly R[]): readonly R[] | Promise<readonly R[]> {
    const left: R[] = [];
    for (let at = 0; at < records.length; at++) {
      const transformed = this.#start(records[at]!);
      if (transformed instanceof Promise) return this.#runLater(records, at, transformed, left);
      if (transformed !== undefined) left.push(transformed);
    }
    return left;
  }

  /** From the first record on that gave a promise. */
  async #runLater(
    records: readonly R[],
    from: number,
    first: Promise<R | undefined>,
    left: R[],
  ): Promise<readonly R[]> {
    let started: Promise<R | undefined>[] = [first];
    for (let at = from + 1; at < records.length; at++) {
      if (started.length >= windowRecords) {
        await keepSettled(started, left);
        started = [];
      }
      started.push(Promise.resolve(this.#start(records[at]!)));
    }
    await keepSettled(started, left);
    return left;
  }

  #start(record: R): R | undefined | Promise<R | undefined> {
    let transformed: Transformed | Promise<Transformed>;
    try {
      transformed = this.#chain.apply(this.#sides.into(record));
    } catch (error) {
      return this.#reject(record, error);
    }
    if (!(transformed instanceof Promise)) return this.#done(transformed, record);
    return transformed.then(
      done => this.#done(done, record),
      (error: unknown) => this.#reject(record, error),
    );
  }

  #done(transformed: Transformed, record: R): R | undefined {
    if (transformed === undefined) return undefined;
    try {
      return this.#sides.outOf(transformed, record);
    } catch (error) {
      return this.#reject(record, error);
    }
  }

  #reject(record: R, error: unknown): undefined {
    this.#sides.reject(record, error);
    return undefined;
  }
}

/** All are waited for, also when one of them is not tolerated: nothing of this batch may go on behind its failure. */
async function keepSettled<R>(started: readonly Promise<R | undefined>[], left: R[]): Promise<void> {
  const settled = await Promise.allSettled(started);
  for (const each of settled) {
    if (each.status === 'rejected') throw each.reason;
    if (each.value !== undefined) left.push(each.value);
  }
}

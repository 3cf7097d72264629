// Watches a `.rx` stage. Its operators see epochs, and where an epoch ends is chance: what the stage gives must not depend on it. So what went
// in is run again in epochs of 1, of 7 and all at once, and the results must be the same.

import { from, tap } from 'rxjs';
import { UsageError } from '../../core/index.js';
import type { RxPlan, RxRecord, RxStage } from '../operators/rx.js';
import { valueDifference } from '../operators/value-difference.js';

const epochSizes = [1, 7, Number.POSITIVE_INFINITY];

export class RxProbe {
  /** The plan to compile instead of the original: the same, and it remembers what goes in. */
  readonly plan: RxPlan;
  readonly #name: string;
  readonly #original: RxPlan;
  readonly #inputs: RxRecord[] = [];
  #checkedCount = 0;

  constructor(name: string, plan: RxPlan) {
    this.#name = name;
    this.#original = plan;
    this.plan = {
      ...plan,
      apply: records$ => plan.apply(records$.pipe(tap(record => void this.#inputs.push(record)))),
    };
  }

  /** As check, but only when twice as much has gone in since: for those who read after every record. */
  checkNowAndThen(): Promise<void> | undefined {
    return this.#inputs.length < 2 * this.#checkedCount ? undefined : this.check();
  }

  /** Throws UsageError where results differ. Resolves later only where the stage itself is asynchronous. */
  check(): Promise<void> | undefined {
    if (this.#inputs.length === this.#checkedCount) return undefined;
    this.#checkedCount = this.#inputs.length;
    const runs = epochSizes.map(() => [] as unknown[]);
    const pending = runs
      .map((results, index) => runEpochs(this.#original.apply, [...this.#inputs], epochSizes[index]!, results))
      .filter(run => run !== undefined);
    if (pending.length === 0) return this.#compare(runs);
    return Promise.all(pending).then(() => this.#compare(runs));
  }

  #compare(results: readonly (readonly unknown[])[]): undefined {
    for (const [index, other] of results.entries()) {
      const place = valueDifference(results[0], other);
      if (place === undefined) continue;
      const size =
        epochSizes[index] === Number.POSITIVE_INFINITY ? 'all records in one epoch' : `epochs of ${epochSizes[index]}`;
      throw new UsageError(
        `the .rx stage ${this.#name} gives other results with ${size} than with epochs of 1 (record ${place}): operators in it keep state from record to record, which ends with each epoch. Keep that state in an aggregate`,
      );
    }
    return undefined;
  }
}

/** Epoch after epoch; a promise from the first that is asynchronous on. */
function runEpochs(
  apply: RxStage,
  inputs: readonly RxRecord[],
  size: number,
  results: unknown[],
): Promise<void> | undefined {
  for (let from = 0; from < inputs.length; from += size) {
    const pending = runEpoch(apply, inputs.slice(from, from + size), results);
    if (pending !== undefined) return pending.then(() => runEpochs(apply, inputs.slice(from + size), size, results));
  }
  return undefined;
}

function runEpoch(apply: RxStage, records: readonly RxRecord[], results: unknown[]): Promise<void> | undefined {
  let isDone = false;
  let failure: { readonly cause: unknown } | undefined;
  let settle = (): void => {};
  apply(from(records)).subscribe({
    next: ({ key, value, timestamp }) => void results.push({ key, value, timestamp }),
    error: (cause: unknown) => {
      failure = { cause };
      isDone = true;
      settle();
    },
    complete: () => {
      isDone = true;
      settle();
    },
  });
  const outcome = (): void => {
    if (failure !== undefined) throw failure.cause;
  };
  if (!isDone) return new Promise<void>(resolve => void (settle = resolve)).then(outcome);
  outcome();
  return undefined;
}

import type { Fold } from '../operators/aggregate.js';

export const countFold: Fold = { initialize: () => 0, add: (count: number) => count + 1 };

/** The first value begins, the others are reduced into it. */
// biome-ignore lint/suspicious/noExplicitAny: typed at the DSL
export function reduceFold(reduce: (aggregate: any, value: any) => unknown): Fold {
  return {
    initialize: () => null,
    add: (aggregate, value) => (aggregate === null || aggregate === undefined ? value : reduce(aggregate, value)),
  };
}

// A split chooses one branch for each record, the first whose predicate holds, and each predicate is asked at most once. The choice
// lies in a cell that the branches read: they are the split's children, and it pushes to them before it takes the next record.

import type { OperatorPlan } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import type { AnyRecordFunction } from './stream-record.js';

export interface SplitPlan extends OperatorPlan {
  readonly kind: 'split';
  /** Grows while the topology is being written. */
  readonly predicates: AnyRecordFunction<boolean>[];
}

/** The branch that takes what the split's predicate number `index` chose; index = their count is the default branch. */
export interface BranchPlan extends OperatorPlan {
  readonly kind: 'branch';
  readonly split: string;
  readonly index: number;
}

const chosen = (context: StageContext, split: string) => context.shared(`split ${split}`, () => ({ index: -1 }));

export function split({ predicates }: SplitPlan, context: StageContext): RecordOperator {
  const choice = chosen(context, context.node.name);
  return stage(context, downstream => record => {
    let index = 0;
    while (index < predicates.length && !predicates[index]!(record.value, record.key, record)) index++;
    choice.index = index;
    downstream.next(record);
  });
}

export function branch(plan: BranchPlan, context: StageContext): RecordOperator {
  const choice = chosen(context, plan.split);
  return stage(context, downstream => record => {
    if (choice.index === plan.index) downstream.next(record);
  });
}

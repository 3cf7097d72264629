// Sends records to sinks of their own. Each goes the way of the first branch whose condition holds; those for which none holds go on.

import { z } from 'zod';
import { type Evaluator, evaluateAll, Failed } from '../evaluator.js';
import type { FlowRecord } from '../flow-record.js';
import { applySteps, type Flow, type Step } from '../step.js';
import type { StepKind, StepMaking } from '../step-kind.js';
import { isTrue } from './filter.js';

/** Their topics would be those of bad records and of what steps remember. */
const reserved = ['errors', 'state'];

const branchShape = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, { error: 'must be letters, digits, ".", "_" and "-"' })
    .describe('Ends the name of its topic: that is PIPELINE-NAME.'),
  when: z.unknown().describe('A condition, as of filter.'),
  steps: z.array(z.unknown()).default([]).describe('What happens to its records before they reach its sink.'),
  sink: z.unknown().describe('Where its records go.'),
  copy: z.boolean().default(false).describe('Its records go on to the next step too.'),
});

interface Branch {
  readonly name: string;
  readonly condition: Evaluator;
  readonly steps: readonly Step[];
  readonly isCopy: boolean;
}

export const branchStep: StepKind = {
  word: 'branch',
  description:
    'Sinks of their own for some records: each goes to the first branch whose `when` is true; where none is, it goes on.',
  spec: z.array(branchShape),
  async make(given, making) {
    if (!Array.isArray(given) || given.length === 0) {
      making.faults.add(making.path, 'must be a list of branches: { name, when, sink }');
      return undefined;
    }
    const branches: Branch[] = [];
    for (const [index, each] of given.entries()) {
      const branch = await makeBranch(each, [...making.path, index], making);
      if (branch !== undefined) branches.push(branch);
    }
    return branches.length < given.length ? undefined : stepOf(making.name, branches);
  },
};

async function makeBranch(given: unknown, path: StepMaking['path'], making: StepMaking): Promise<Branch | undefined> {
  const shape = making.faults.read(branchShape, given, path);
  if (shape === undefined) return undefined;
  const { name, when, steps, sink, copy } = shape;
  if (reserved.includes(name))
    making.faults.add([...path, 'name'], `"${name}" is taken, by a topic of the pipeline itself: name it otherwise`);
  const condition = await making.evaluator(when, [...path, 'when']);
  const inner = await making.steps(steps, [...path, 'steps']);
  if (sink === undefined) making.faults.add([...path, 'sink'], 'is required');
  else await making.output(name, sink, [...path, 'sink']);
  return condition && { name, condition, steps: inner, isCopy: copy };
}

function stepOf(name: string, branches: readonly Branch[]): Step {
  const step: Step = {
    name,
    inner: branches.flatMap(branch => branch.steps),
    apply(records, flow) {
      return throughBranches(step, branches, records, flow);
    },
  };
  return step;
}

async function throughBranches(
  step: Step,
  branches: readonly Branch[],
  records: readonly FlowRecord[],
  flow: Flow,
): Promise<readonly FlowRecord[]> {
  let left = records;
  const copied = new Set<FlowRecord>();
  for (const branch of branches) {
    const open = left.filter(record => !copied.has(record));
    const results = await evaluateAll(branch.condition, open);
    const taken = new Set<FlowRecord>();
    const gone = new Set<FlowRecord>();
    for (const [index, record] of open.entries()) {
      const result = results[index];
      if (result instanceof Failed) {
        flow.fail(step, record, result.error);
        gone.add(record);
      } else if (isTrue(result)) {
        taken.add(record);
        if (branch.isCopy) copied.add(record);
        else gone.add(record);
      }
    }
    for (const record of await applySteps(branch.steps, [...taken], flow)) flow.emit(branch.name, record);
    left = left.filter(record => !gone.has(record));
  }
  return left;
}

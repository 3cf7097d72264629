// Transforms, predicates and chains of them: a record in, a record out.

import { namedPredicate, namedTransform } from '../../../connect/transforms/named-transform.js';
import { chainOf } from '../../../connect/transforms/transform-chain.js';
import { answerOf, outcomeOf } from '../answer.js';
import type { ConnectCase } from '../connect-case.js';
import type { Family } from '../family.js';
import { recordOf } from '../recorded-values.js';

export const recordFamily: Family = {
  files: /^(transform-.*|predicate|chain)$/,
  run: cases => Promise.all((cases as readonly ConnectCase[]).map(run)),
};

async function run(recorded: ConnectCase) {
  const { output } = recorded;
  const record = recordOf(recorded.input.record!);
  const found = await answerOf(() => configured(recorded), {
    phase: 'apply',
    // What a transform leaves out is `true` of `dropped`.
    run: async apply => (await apply(record)) ?? true,
  });
  return outcomeOf(recorded, found, () =>
    output?.record === undefined ? (output?.result ?? output?.dropped) : recordOf(output.record),
  );
}

function configured({ op, type = '', config = {} }: ConnectCase) {
  if (op === 'predicate') return namedPredicate(type, config);
  if (op === 'transform') return namedTransform(type, config);
  const chain = chainOf(config);
  return (record: Parameters<typeof chain.apply>[0]) => chain.apply(record);
}

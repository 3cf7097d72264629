// Assignors by the names that Kafka gives them. Sticky ones remember what they were assigned, so every consumer has its own.

import { UsageError } from '../../base/errors.js';
import { didYouMean } from '../../base/nearest-word.js';
import { CooperativeStickyAssignor } from './cooperative-sticky-assignor.js';
import type { AssignorName, PartitionAssignor } from './partition-assignor.js';
import { rangeAssignor } from './range-assignor.js';
import { roundrobinAssignor } from './roundrobin-assignor.js';
import { StickyAssignor } from './sticky-assignor.js';

const makers: Readonly<Record<AssignorName, () => PartitionAssignor>> = {
  range: () => rangeAssignor,
  roundrobin: () => roundrobinAssignor,
  sticky: () => new StickyAssignor(),
  'cooperative-sticky': () => new CooperativeStickyAssignor(),
};

const names = Object.keys(makers) as AssignorName[];

export function resolveAssignors(wanted: readonly (AssignorName | PartitionAssignor)[]): readonly PartitionAssignor[] {
  if (wanted.length === 0)
    throw new UsageError(`the consumer option assignors is empty: give one of ${names.join(', ')}`);
  const assignors = wanted.map(one => (typeof one === 'string' ? make(one) : one));
  const distinct = new Set(assignors.map(({ name }) => name));
  if (distinct.size < assignors.length) throw new UsageError('two of the assignors have the same name: leave one out');
  return assignors;
}

function make(name: AssignorName): PartitionAssignor {
  if (!Object.hasOwn(makers, name)) {
    throw new UsageError(`assignor "${String(name)}" is none${didYouMean(name, names)}`);
  }
  return makers[name]();
}

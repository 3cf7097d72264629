import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports/random.js';

/** Real randomness: a fork is as random as what it was forked from. */
export const nodeRandom: Random = {
  below: bound => randomInt(bound),
  fraction: () => Math.random(),
  bytes: count => randomBytes(count),
  fork: () => nodeRandom,
};

// What happens in a run, as plain data: drawn from a seed, or read back from a file. A found failure is kept as its schedule, since a seed
// means nothing after the next change of the generator.

import type { Random } from '../../core/ports/random.js';
import { ledger, ledgerPartitionCount } from './ledger.js';

export interface SimulatedTopic {
  readonly name: string;
  readonly partitionCount: number;
  readonly configs: Readonly<Record<string, string>>;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The process ends, and another opens the directory. */
export interface Ending {
  /** `restart` closes the log first; after `crash` what was not flushed may be gone. */
  readonly kind: 'crash' | 'kill' | 'restart';
  /** Bits that turn over before the next process opens the directory, in files that can be made again. */
  readonly damage: readonly Damage[];
  /** What befalls the next process while it opens the directory. */
  readonly during: OpeningFault | undefined;
}

export type Damage = 'index' | 'snapshot' | 'checkpoint';
export type OpeningFault =
  | { readonly kind: 'die'; readonly afterOperations: number; readonly how: 'kill' | 'crash' }
  | { readonly kind: 'fail'; readonly what: 'flush' | 'write' | 'read' };

export type Step =
  | ({
      readonly kind: 'produce';
      /** The second one compresses. */
      readonly producer: number;
      readonly count: number;
      readonly paddingBytes: number;
      readonly awaited: boolean;
    } & Place)
  | ({ readonly kind: 'consume' } & Place)
  /** A member of the group `readers` polls, and commits what it was handed. */
  | { readonly kind: 'poll-group'; readonly member: number; readonly commits: boolean }
  | { readonly kind: 'leave-group'; readonly member: number }
  | ({ readonly kind: 'commit'; readonly group: string; readonly offset: number } & Place)
  | ({ readonly kind: 'delete-records'; readonly fraction: number } & Place)
  | { readonly kind: 'recreate-topic'; readonly topic: string }
  | {
      readonly kind: 'transact';
      /** Which transactional id. */
      readonly producer: number;
      /** A new producer takes the id over first. */
      readonly takesOver: boolean;
      /** Records for each partition of the ledger. */
      readonly counts: readonly number[];
      readonly paddingBytes: number;
      /** Of a group, committed with it. */
      readonly offset: number | undefined;
      readonly ending: 'commit' | 'abort' | 'leave-open';
    }
  /** A producer's id is taken over, and it writes and commits all the same. */
  | { readonly kind: 'haunt'; readonly producer: number }
  | { readonly kind: 'read-committed'; readonly partition: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'lose-next'; readonly what: 'request' | 'answer'; readonly count: number }
  | { readonly kind: 'die-soon'; readonly afterOperations: number; readonly how: 'kill' | 'crash' }
  | { readonly kind: 'fail-flush' | 'fail-write' | 'fail-read' | 'fill-disk' }
  | Ending;

export interface Schedule {
  /** Of the disk's and the clients' own chance. */
  readonly seed: string;
  readonly topics: readonly SimulatedTopic[];
  readonly steps: readonly Step[];
}

const weights: readonly (readonly [Step['kind'], number])[] = [
  ['produce', 40],
  ['consume', 14],
  ['poll-group', 10],
  ['transact', 16],
  ['haunt', 4],
  ['read-committed', 6],
  ['wait', 14],
  ['commit', 6],
  ['leave-group', 2],
  ['crash', 6],
  ['kill', 4],
  ['restart', 3],
  ['die-soon', 3],
  ['delete-records', 3],
  ['recreate-topic', 1],
  ['lose-next', 4],
  ['fail-flush', 2],
  ['fail-write', 2],
  ['fail-read', 2],
  ['fill-disk', 3],
];

export function drawSchedule(seed: string, stepCount: number, random: Random): Schedule {
  const topics = ['orders', 'events'].map(name => drawTopic(name, random));
  const steps = Array.from({ length: stepCount }, () => drawStep(topics, random));
  const transactional = { ...drawTopic(ledger, random), partitionCount: ledgerPartitionCount };
  return { seed, topics: [...topics, transactional], steps };
}

function drawTopic(name: string, random: Random): SimulatedTopic {
  const limit = 2048 + random.below(8192);
  return {
    name,
    partitionCount: 1 + random.below(2),
    configs: {
      'segment.bytes': String(1024 + random.below(4096)),
      'index.interval.bytes': String(128 + random.below(1024)),
      ...(name === 'events' && random.below(2) === 0 && { 'retention.bytes': String(limit) }),
    },
  };
}

function drawStep(topics: readonly SimulatedTopic[], random: Random): Step {
  const topic = topics[random.below(topics.length)]!;
  const place = { topic: topic.name, partition: random.below(topic.partitionCount) };
  const kind = weighted(random);
  switch (kind) {
    case 'produce':
      return {
        kind,
        ...place,
        producer: random.below(4) === 0 && topic.configs['retention.bytes'] === undefined ? 1 : 0,
        count: 1 + random.below(12),
        paddingBytes: random.below(400),
        awaited: random.below(3) === 0,
      };
    case 'consume':
      return { kind, ...place };
    case 'poll-group':
      return { kind, member: random.below(3), commits: random.below(4) > 0 };
    case 'leave-group':
      return { kind, member: random.below(3) };
    case 'commit':
      return { kind, ...place, group: `group-${random.below(2)}`, offset: random.below(1000) };
    case 'delete-records':
      return { kind, ...place, fraction: random.fraction() };
    case 'recreate-topic':
      return { kind, topic: topic.name };
    case 'transact':
      return drawTransaction(random);
    case 'haunt':
      return { kind, producer: random.below(2) };
    case 'read-committed':
      return { kind, partition: random.below(ledgerPartitionCount) };
    case 'wait':
      return { kind, ms: random.below(60) * random.below(60) };
    case 'lose-next':
      return { kind, what: random.below(2) === 0 ? 'request' : 'answer', count: 1 + random.below(3) };
    case 'die-soon':
      return { kind, ...drawDeath(random) };
    case 'crash':
    case 'kill':
    case 'restart':
      return { kind, damage: drawDamage(random), during: drawOpeningFault(random) };
    default:
      return { kind };
  }
}

function drawTransaction(random: Random): Step {
  const counts = [1 + random.below(4), random.below(4)];
  return {
    kind: 'transact',
    producer: random.below(2),
    takesOver: random.below(3) === 0,
    counts: random.below(2) === 0 ? counts : counts.toReversed(),
    paddingBytes: random.below(300),
    offset: random.below(3) === 0 ? random.below(1_000) : undefined,
    ending: (['commit', 'commit', 'commit', 'abort', 'leave-open'] as const)[random.below(5)]!,
  };
}

function drawDamage(random: Random): readonly Damage[] {
  return (['index', 'index', 'snapshot', 'checkpoint'] as const).filter(() => random.below(4) === 0);
}

function drawOpeningFault(random: Random): OpeningFault | undefined {
  const kind = random.below(6);
  if (kind < 2) return { kind: 'die', ...drawDeath(random) };
  if (kind === 2) return { kind: 'fail', what: (['flush', 'write', 'read'] as const)[random.below(3)]! };
  return undefined;
}

function drawDeath(random: Random): { afterOperations: number; how: 'kill' | 'crash' } {
  return { afterOperations: 1 + random.below(40), how: random.below(2) === 0 ? 'kill' : 'crash' };
}

function weighted(random: Random): Step['kind'] {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let at = random.below(total);
  for (const [kind, weight] of weights) {
    if (at < weight) return kind;
    at -= weight;
  }
  return 'wait';
}

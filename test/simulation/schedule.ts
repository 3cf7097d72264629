// What happens in a run, as plain data: drawn from a seed, or read back from a file. A found failure is kept as its schedule, since a seed
// means nothing after the next change of the generator.

import type { Random } from '../../core/ports/random.js';

export type Step =
  | {
      readonly kind: 'produce';
      readonly topic: string;
      readonly partition: number;
      readonly count: number;
      readonly paddingBytes: number;
      readonly awaited: boolean;
    }
  | { readonly kind: 'consume'; readonly topic: string; readonly partition: number }
  | {
      readonly kind: 'commit';
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  | { readonly kind: 'delete-records'; readonly topic: string; readonly partition: number; readonly fraction: number }
  | { readonly kind: 'recreate-topic'; readonly topic: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'fail-flush' | 'fail-write' | 'fill-disk' | 'crash' | 'kill' | 'restart' };

export interface Schedule {
  /** Of the disk's and the clients' own chance. */
  readonly seed: string;
  readonly topics: readonly {
    readonly name: string;
    readonly partitionCount: number;
    readonly configs: Readonly<Record<string, string>>;
  }[];
  readonly steps: readonly Step[];
}

const weights: readonly (readonly [Step['kind'], number])[] = [
  ['produce', 40],
  ['consume', 18],
  ['wait', 14],
  ['commit', 8],
  ['crash', 6],
  ['kill', 3],
  ['restart', 3],
  ['delete-records', 3],
  ['recreate-topic', 1],
  ['fail-flush', 3],
  ['fail-write', 2],
  ['fill-disk', 2],
];

export function drawSchedule(seed: string, stepCount: number, random: Random): Schedule {
  const topics = ['orders', 'events'].map(name => ({
    name,
    partitionCount: 1 + random.below(2),
    configs: {
      'segment.bytes': String(1024 + random.below(8192)),
      'index.interval.bytes': String(256 + random.below(1024)),
    },
  }));
  const draw = (): Step => {
    const topic = topics[random.below(topics.length)]!;
    const place = { topic: topic.name, partition: random.below(topic.partitionCount) };
    const kind = weighted(random);
    switch (kind) {
      case 'produce':
        return {
          kind,
          ...place,
          count: 1 + random.below(12),
          paddingBytes: random.below(400),
          awaited: random.below(3) === 0,
        };
      case 'consume':
        return { kind, ...place };
      case 'commit':
        return { kind, ...place, group: `group-${random.below(2)}`, offset: random.below(1000) };
      case 'delete-records':
        return { kind, ...place, fraction: random.fraction() };
      case 'recreate-topic':
        return { kind, topic: topic.name };
      case 'wait':
        return { kind, ms: random.below(60) * random.below(60) };
      default:
        return { kind };
    }
  };
  return { seed, topics, steps: Array.from({ length: stepCount }, draw) };
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

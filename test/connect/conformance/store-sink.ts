// A sink whose other side is memory with transactions, and the ways in which such a sink can be wrong.

import { z } from 'zod';
import {
  ConfigError,
  DataError,
  defineSink,
  option,
  RetriableError,
  type SinkBatch,
  type SinkContext,
  type SinkDefinition,
  type SinkRecord,
  type SinkTask,
  type TopicOffset,
  type TopicPartition,
} from '../../../connect/api/index.js';
import type { Held, SinkPlace, SinkUnderTest } from '../../../connect/conformance/index.js';
import { Peer } from './peer.js';

/** Which case must notice, by what words. */
export const sinkFaults = {
  'takes a batch again that it has taken': ['duplicates', /15 records are in the sink more than once/],
  'deletes before it writes': ['tombstones', /holds what it should not/],
  'stores its offset before the records': ['crash-inside', /records are missing/],
  'stores its offset after the records': ['crash-inside', /more than once/],
  'does not look whether another has taken its place': ['zombie', /the last record was/],
  'says that it is further than it is': ['restart', /goes on at 10/],
  'says that it is less far than it is': ['restart', /goes on at 8/],
  'calls durable what it only holds': ['crash', /records are missing/],
  'writes what it held of a partition that was taken from it': ['rebalance', /more than once/],
  'ignores partitions that come later': ['runtime', /records are missing/],
  'gives up the batch of a bad record': ['bad-record', /10 records are missing/],
  'hands over the record behind the bad one too': ['bad-record', /rejected were the offsets \[5,6\]/],
  'leaves bad records out in silence': ['bad-record', /put\(\) must fail/],
  'gives up a batch when the other side is away': ['peer-away', /must throw RetriableError/],
  'fails for good when the other side is away': ['peer-away', /must throw RetriableError .* no store/],
  'cannot start while the other side is away': ['peer-away-at-start', /must throw RetriableError .* no store/],
  'waits for an answer though it was told to stop': ['peer-stalls', /put\(\) had not ended/],
  'turns the order round': ['all-records', /out of order/],
  'leaves out the last record': ['all-records', /6 records are missing/],
  'accepts any word': ['config', /where it must refuse/],
} as const;

export type SinkFault = keyof typeof sinkFaults | 'none';
type Keeps = SinkUnderTest['keeps'];

class Store extends Peer implements SinkPlace {
  static readonly all = new Map<string, Store>();
  static #count = 0;
  readonly id = String(Store.#count++);
  readonly keeps: Keeps;
  held: Held[] = [];
  readonly offsets = new Map<string, number>();
  readonly config: Record<string, unknown>;

  constructor(keeps: Keeps) {
    super();
    this.keeps = keeps;
    this.config = { store: this.id, 'store.password': 'open-sesame' };
    Store.all.set(this.id, this);
  }

  async content(): Promise<readonly Held[]> {
    return this.held;
  }
  async close(): Promise<void> {
    this.state = 'there';
    Store.all.delete(this.id);
  }

  write({ key, value }: SinkRecord): void {
    const held = { key: String(key), value };
    if (this.keeps === 'every-record') this.held.push(held);
    else {
      this.held = this.held.filter(each => each.key !== held.key);
      if (value !== null) this.held.push(held);
    }
  }
}

class StoreTask implements SinkTask {
  readonly #store: Store;
  readonly #fault: SinkFault;
  readonly #context: SinkContext;
  readonly #positions = new Map<number, number | undefined>();
  #buffer: SinkRecord[] = [];
  #known: ReadonlySet<number> | undefined;
  readonly preCommit?: (why: 'interval' | 'closing') => readonly TopicOffset[];

  constructor(store: Store, fault: SinkFault, context: SinkContext) {
    this.#store = store;
    this.#fault = fault;
    this.#context = context;
    if (fault === 'calls durable what it only holds' || fault.startsWith('writes what it held'))
      this.preCommit = why => this.#flushed(why);
  }

  open(assigned: readonly TopicPartition[]): readonly TopicOffset[] {
    this.#known ??= new Set(assigned.map(({ partition }) => partition));
    const shift = { 'says that it is further than it is': 1, 'says that it is less far than it is': -1 }[
      this.#fault as string
    ];
    return assigned.flatMap(each => {
      const offset = this.#store.offsets.get(nameOf(each));
      this.#positions.set(each.partition, offset);
      return offset === undefined ? [] : [{ ...each, offset: Math.max(0, offset + (shift ?? 0)) }];
    });
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    if (this.#store.state === 'stalled') await this.#answer();
    if (this.#store.state === 'away' && this.#away()) return;
    for (const batch of batches) await this.#putBatch(batch);
  }

  close(partitions: readonly TopicPartition[]): void {
    const closed = new Set(partitions.map(({ partition }) => partition));
    for (const partition of closed) this.#positions.delete(partition);
    if (!this.#fault.startsWith('writes what it held'))
      this.#buffer = this.#buffer.filter(({ partition }) => !closed.has(partition));
  }

  async #putBatch({ topic, partition, records }: SinkBatch): Promise<void> {
    if (this.#fault === 'ignores partitions that come later' && !this.#known!.has(partition)) return;
    const position = this.#positions.get(partition) ?? 0;
    const isBlind = this.#fault === 'takes a batch again that it has taken';
    let fresh = isBlind ? [...records] : records.filter(({ offset }) => offset >= position);
    const next = records.at(-1)!.offset + 1;
    if (this.#fault === 'turns the order round') fresh.reverse();
    if (this.#fault === 'leaves out the last record') fresh.pop();
    if (this.#fault === 'deletes before it writes')
      fresh = [...fresh.filter(({ value }) => value === null), ...fresh.filter(({ value }) => value !== null)];
    fresh = await this.#accepted(fresh);
    if (this.preCommit !== undefined) {
      this.#buffer.push(...fresh);
      this.#positions.set(partition, next);
      return;
    }
    this.#commit({ topic, partition }, fresh, next);
  }

  /** In one go, with a compare-and-set, where nothing is wrong. */
  #commit(at: TopicPartition, records: readonly SinkRecord[], next: number): void {
    const { offsets } = this.#store;
    const isBlind = this.#fault === 'does not look whether another has taken its place';
    if (!isBlind && offsets.get(nameOf(at)) !== this.#positions.get(at.partition)) throw new Error('another is here');
    this.#context.failpoint('store/begun');
    if (this.#fault === 'stores its offset before the records') {
      offsets.set(nameOf(at), next);
      this.#context.failpoint('store/between');
    }
    for (const record of records) this.#store.write(record);
    if (this.#fault === 'stores its offset after the records') this.#context.failpoint('store/between');
    offsets.set(nameOf(at), next);
    this.#context.failpoint('store/written');
    this.#positions.set(at.partition, next);
  }

  async #accepted(records: readonly SinkRecord[]): Promise<SinkRecord[]> {
    const bad = records.findIndex(({ key }) => key === null);
    if (bad < 0) return [...records];
    if (this.#fault === 'leaves bad records out in silence') return records.filter((_, at) => at !== bad);
    const error = new DataError('the record has no key');
    await this.#context.reject(records[bad]!, error);
    if (this.#fault === 'gives up the batch of a bad record') return [];
    const alsoBad = this.#fault === 'hands over the record behind the bad one too' ? bad + 1 : bad;
    if (alsoBad !== bad) await this.#context.reject(records[alsoBad]!, error);
    return records.filter((_, at) => at !== bad && at !== alsoBad);
  }

  #flushed(why: 'interval' | 'closing'): readonly TopicOffset[] {
    const isEarly = this.#fault === 'calls durable what it only holds' && why === 'interval';
    const positions = [...this.#positions].flatMap(([partition, offset]) =>
      offset === undefined ? [] : [{ topic: 'conformance', partition, offset }],
    );
    if (!isEarly) {
      for (const record of this.#buffer) this.#store.write(record);
      this.#buffer = [];
    }
    for (const position of positions) this.#store.offsets.set(nameOf(position), position.offset);
    return positions;
  }

  /** Whether the batch is given up. */
  #away(): boolean {
    if (this.#fault === 'gives up a batch when the other side is away') return true;
    if (this.#fault === 'fails for good when the other side is away') throw new Error('no store');
    throw new RetriableError('the store is away');
  }

  async #answer(): Promise<void> {
    const isDeaf = this.#fault === 'waits for an answer though it was told to stop';
    const { signal, clock } = this.#context;
    while (this.#store.state === 'stalled' && (isDeaf || !signal.aborted)) await clock.sleep(5);
    if (signal.aborted) throw new RetriableError('given up');
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Its fixture. */
export function storeSink(fault: SinkFault, keeps: Keeps): SinkUnderTest {
  return {
    connector: storeConnector(fault),
    place: async () => new Store(keeps),
    keeps,
    guarantee: 'exactly-once',
    tombstones: keeps === 'last-of-key' ? 'delete' : 'keep',
    bad: { key: null, value: 'no key' },
    wrong: [{ config: { 'store.mode': 'sideways' }, names: /store\.mode/ }],
  };
}

function storeConnector(fault: SinkFault): SinkDefinition {
  const mode = fault === 'accepts any word' ? option.text() : option.choice(['fast', 'slow']);
  return defineSink({
    name: 'store-sink',
    version: '1',
    description: 'Writes to a store.',
    config: z.object({
      store: option.text().describe('Which store.'),
      'store.password': option.secret().optional().describe('Opens it.'),
      'store.mode': mode.default('fast').describe('How.'),
    }),
    start(config, context) {
      const store = Store.all.get(config.store);
      if (store === undefined) throw new ConfigError(`store: there is no store "${config.store}"`);
      if (fault === 'cannot start while the other side is away' && store.state === 'away') throw new Error('no store');
      return new StoreTask(store, fault, context);
    },
  });
}

// A source whose other side is an array, and the ways in which such a source can be wrong.

import { z } from 'zod';
import type { SourceDefinition } from '../../../connect/api/index.js';
import {
  ConfigError,
  defineSource,
  option,
  RetriableError,
  type SourceBatch,
  type SourceContext,
  type SourceTask,
} from '../../../connect/api/index.js';
import type { SourcePlace, SourceUnderTest } from '../../../connect/conformance/index.js';
import { Peer } from './peer.js';

/** Which case must notice, by what words. */
export const sourceFaults = {
  'skips one when it resumes': ['resume', /values that were put arrive: not so/],
  'repeats one when it resumes': ['resume', /5 values came more than once/],
  'begins anew each time': ['resume', /150 values came more than once/],
  'stores where it has read to, not what it handed out': ['crash', /not so/],
  'stores that it has read more than it handed out': ['offsets-monotone', /values that were put arrive: not so/],
  'forgets what it read when the other side goes away': ['peer-away', /values that were put arrive: not so/],
  'fails for good when the other side is away': ['peer-away', /must throw RetriableError .* no shelf/],
  'cannot start while the other side is away': ['peer-away-at-start', /must throw RetriableError .* no shelf/],
  'waits on though it was told to stop': ['abort', /a poll\(\) that was aborted had not ended/],
  'waits for an answer though it was told to stop': ['peer-stalls', /a poll\(\) that was aborted had not ended/],
  'fails at a bad record': ['bad-record', /what is this/],
  'leaves bad records out in silence': ['bad-record', /handed over in `bad`: not so/],
  'hands out everything at once': ['slow-taker', /one poll gave 140 records, and 7/],
  'reads ahead without end': ['slow-taker', /140 values had been taken where 7/],
  'turns the order round': ['all-values', /out of order/],
  'hands out each batch twice': ['all-values', /100 values came more than once/],
  'has an offset of several levels': ['all-values', /holds more than text/],
  'takes what it reads away before it is acknowledged': ['crash', /values that were put arrive: not so/],
  'goes on behind what it handed out, acknowledged or not': ['crash', /values that were put arrive: not so/],
  'leaves out a hundred after each restart': ['runtime', /all values are in the topic: not so/],
  'says that it can do exactly once': ['exactly-once', /some came twice/],
  'has an option without a description': ['config', /no description/],
  'accepts any word': ['config', /where it must refuse/],
  'shows its secret in the log': ['all-values', /the log shows the secret shelf.password/],
} as const;

export type SourceFault = keyof typeof sourceFaults | 'none';

const bad = Symbol('bad');

class Shelf extends Peer implements SourcePlace {
  static readonly all = new Map<string, Shelf>();
  static #count = 0;
  readonly id = String(Shelf.#count++);
  readonly items: (string | typeof bad)[] = [];
  taken = 0;
  readonly config = { shelf: this.id, 'shelf.password': 'open-sesame' };

  constructor() {
    super();
    Shelf.all.set(this.id, this);
  }

  async put(values: readonly string[]): Promise<void> {
    this.items.push(...values);
  }
  async putBad(): Promise<void> {
    this.items.push(bad);
  }
  async untaken(): Promise<number> {
    return this.items.length - this.taken;
  }
  async close(): Promise<void> {
    this.state = 'there';
    Shelf.all.delete(this.id);
  }
}

const batchMax = 7;

class ShelfTask implements SourceTask {
  readonly #shelf: Shelf;
  readonly #fault: SourceFault;
  readonly #context: SourceContext;
  #at: number;

  constructor(shelf: Shelf, fault: SourceFault, context: SourceContext) {
    this.#shelf = shelf;
    this.#fault = fault;
    this.#context = context;
    const stored = context.offset({ shelf: shelf.id });
    const where: Partial<Record<SourceFault, number>> = {
      'begins anew each time': 0,
      'goes on behind what it handed out, acknowledged or not': shelf.taken,
    };
    const at = where[fault] ?? Number(stored?.['at'] ?? 0);
    const shift: Partial<Record<SourceFault, number>> = {
      'skips one when it resumes': 1,
      'leaves out a hundred after each restart': 100,
      'repeats one when it resumes': -1,
      'says that it can do exactly once': -1,
    };
    this.#at = at === 0 ? 0 : at + (shift[fault] ?? 0);
  }

  async poll(signal: AbortSignal): Promise<readonly SourceBatch[]> {
    const shelf = this.#shelf;
    if (shelf.state === 'stalled') await this.#waitForAnswer(signal);
    if (shelf.state === 'away') this.#away();
    if (this.#fault === 'reads ahead without end') shelf.taken = shelf.items.length;
    const from = this.#at;
    const most = this.#fault === 'hands out everything at once' ? Number.POSITIVE_INFINITY : batchMax;
    const items = shelf.items.slice(from, from + most);
    if (items.length === 0) return this.#wait(signal);
    this.#at = from + items.length;
    shelf.taken = Math.max(shelf.taken, this.#at);
    if (this.#fault === 'takes what it reads away before it is acknowledged') {
      shelf.items.splice(0, this.#at);
      shelf.taken = 0;
      this.#at = 0;
    }
    const batch = this.#batch(items, from);
    return this.#fault === 'hands out each batch twice' ? [batch, batch] : [batch];
  }

  #batch(items: readonly (string | typeof bad)[], from: number): SourceBatch {
    const fault = this.#fault;
    if (fault === 'fails at a bad record' && items.includes(bad)) throw new Error('what is this?');
    const texts = items.filter(item => item !== bad);
    if (fault === 'turns the order round') texts.reverse();
    const ahead: Partial<Record<SourceFault, number>> = {
      'stores where it has read to, not what it handed out': this.#shelf.items.length,
      'stores that it has read more than it handed out': this.#at + 1,
    };
    const at = ahead[fault] ?? this.#at;
    const lost = fault === 'leaves bad records out in silence';
    const badAt = lost ? -1 : items.indexOf(bad);
    return {
      partition: { shelf: this.#shelf.id },
      offset: fault === 'has an offset of several levels' ? ({ at: { deep: at } } as never) : { at },
      records: texts.map(value => ({ value })),
      ...(badAt >= 0 && { bad: [{ raw: 'bad', error: new Error('what is this?'), position: { at: from + badAt } }] }),
    };
  }

  #away(): never {
    if (this.#fault === 'forgets what it read when the other side goes away') this.#at += 3;
    if (this.#fault === 'fails for good when the other side is away') throw new Error('no shelf');
    throw new RetriableError('the shelf is away');
  }

  async #wait(signal: AbortSignal): Promise<readonly SourceBatch[]> {
    const isDeaf = this.#fault === 'waits on though it was told to stop';
    do await this.#context.clock.sleep(5, isDeaf ? undefined : signal).catch(() => undefined);
    while (isDeaf && this.#shelf.items.length === this.#at && Shelf.all.has(this.#shelf.id));
    return [];
  }

  async #waitForAnswer(signal: AbortSignal): Promise<void> {
    const isDeaf = this.#fault === 'waits for an answer though it was told to stop';
    while (this.#shelf.state === 'stalled' && (isDeaf || !signal.aborted)) await this.#context.clock.sleep(5);
  }
}

/** Its fixture. */
export function shelfSource(fault: SourceFault): SourceUnderTest {
  return {
    connector: shelfConnector(fault),
    place: async () => new Shelf(),
    pollRecordsMax: batchMax,
    wrong: [
      { config: { shelf: 'nowhere' }, names: /there is no shelf "nowhere"/ },
      { config: { 'shelf.order': 'sideways' }, names: /shelf\.order/ },
    ],
  };
}

function shelfConnector(fault: SourceFault): SourceDefinition {
  const text = option.text();
  const order = fault === 'accepts any word' ? option.text() : option.choice(['up', 'down']);
  return defineSource({
    name: 'shelf-source',
    version: '1',
    description: 'Reads a shelf.',
    config: z.object({
      shelf: fault === 'has an option without a description' ? text : text.describe('Which shelf.'),
      'shelf.password': option.secret().optional().describe('Opens it.'),
      'shelf.order': order.default('up').describe('In which order.'),
    }),
    ...(fault === 'says that it can do exactly once' || fault === 'none'
      ? { exactlyOnceSupport: () => 'supported' as const }
      : {}),
    start(config, context) {
      const shelf = Shelf.all.get(config.shelf);
      if (shelf === undefined) throw new ConfigError(`shelf: there is no shelf "${config.shelf}"`);
      if (fault === 'shows its secret in the log') context.logger.info(`opened with ${config['shelf.password']}`);
      if (fault === 'cannot start while the other side is away' && shelf.state === 'away') throw new Error('no shelf');
      return new ShelfTask(shelf, fault, context);
    },
  });
}

// Adds to each record what another place knows about it. A connector that can find single keys is asked for those of a batch at once, and what it
// says is kept for a while; of any other source everything is read into memory, by its key.

import { z } from 'zod';
import { durationMs } from '../../../core/index.js';
import type { TaskContext } from '../../api/index.js';
import type { PipelineLookup } from '../compiled-pipeline.js';
import { type Evaluator, evaluateAll, Failed } from '../evaluator.js';
import type { FlowRecord } from '../flow-record.js';
import { withValue } from '../flow-record.js';
import { CachedLookup, type Finder, TableLookup } from '../lookup-table.js';
import type { Flow, Step, StepRuntime } from '../step.js';
import type { StepKind } from '../step-kind.js';

const shape = z.strictObject({
  key: z.unknown().describe('What is looked for: an expression or a function.'),
  from: z.unknown().describe('Where: one connector, and its options. A file, a table or a topic is read into memory.'),
  by: z
    .string()
    .optional()
    .describe('Of what is read into memory: the field that holds the key. Default: the key of its records.'),
  as: z
    .string()
    .optional()
    .describe('The field that takes what was found. Default: its fields are added to the value.'),
  missing: z
    .enum(['null', 'drop', 'error'], { error: 'must be null, drop or error' })
    .default('null')
    .describe('What happens with a record whose key is not found.'),
  refresh: z.string().default('5m').describe('How long what was found, and what was not, counts.'),
  max: z.number().int().min(1).default(100_000).describe('How many keys are kept.'),
});

type Shape = z.output<typeof shape>;

export const lookupStep: StepKind = {
  word: 'lookup',
  description: 'Adds what another place knows: { key, from: { file | postgres | redis | topic: ... }, as }.',
  spec: shape,
  async make(given, { name, path, faults, evaluator, lookup }) {
    const read = faults.read(shape, given, path);
    if (read === undefined) return undefined;
    const key = await evaluator(read.key, [...path, 'key']);
    if (read.from === undefined) {
      faults.add([...path, 'from'], 'is required');
      return undefined;
    }
    const from = await lookup(read.from, [...path, 'from']);
    try {
      const refreshMs = durationMs(read.refresh);
      return key && from && new LookupStep(name, key, { ...read, from, refreshMs });
    } catch (error) {
      faults.add([...path, 'refresh'], (error as Error).message);
      return undefined;
    }
  },
};

interface LookupOptions extends Pick<Shape, 'as' | 'by' | 'missing' | 'max'> {
  readonly from: PipelineLookup;
  readonly refreshMs: number;
}

class LookupStep implements Step {
  readonly name: string;
  readonly #key: Evaluator;
  readonly #options: LookupOptions;
  #finder: Finder | undefined;

  constructor(name: string, key: Evaluator, options: LookupOptions) {
    this.name = name;
    this.#key = key;
    this.#options = options;
  }

  async open({ context, lookups }: StepRuntime): Promise<void> {
    await this.#finder?.close();
    const given = lookups === undefined ? undefined : new Map(Object.entries(lookups[this.name] ?? {}));
    this.#finder = given === undefined ? await this.#open(context) : { find: async () => given, close: async () => {} };
  }

  async apply(records: readonly FlowRecord[], flow: Flow): Promise<readonly FlowRecord[]> {
    const keys = (await evaluateAll(this.#key, records)).map(key => (key instanceof Failed ? key : textOf(key)));
    const wanted = new Set(keys.filter(key => typeof key === 'string'));
    const found = wanted.size === 0 ? new Map<string, unknown>() : await this.#finder!.find([...wanted]);
    return records.flatMap((record, index) => {
      const key = keys[index];
      if (!(key instanceof Failed)) return this.#joined(record, key, found, flow);
      flow.fail(this, record, key.error);
      return [];
    });
  }

  async close(): Promise<void> {
    await this.#finder?.close();
    this.#finder = undefined;
  }

  async #open(context: TaskContext): Promise<Finder> {
    const { from, by, max, refreshMs } = this.#options;
    if (from.connector.kind === 'source') {
      const source = { connector: from.connector, config: from.config, place: from.place };
      return new TableLookup(source, { by, max, refreshMs, context, step: this.name });
    }
    const task = await from.connector.start(from.connector.config.parse(from.config), context);
    return new CachedLookup(task, { max, refreshMs, context });
  }

  #joined(record: FlowRecord, key: string | undefined, found: ReadonlyMap<string, unknown>, flow: Flow) {
    const value = key === undefined ? undefined : found.get(key);
    const { missing, as } = this.#options;
    if (value === undefined && missing === 'drop') return [];
    if (value === undefined && missing === 'error') {
      flow.fail(this, record, new Error(`nothing is found for ${key === undefined ? 'no key' : JSON.stringify(key)}`));
      return [];
    }
    const parts = as === undefined ? (value as object | undefined) : { [as]: value ?? null };
    return [withValue(record, { ...(record.value as object), ...parts })];
  }
}

function textOf(key: unknown): string | undefined {
  if (key === undefined || key === null) return undefined;
  return typeof key === 'object' ? JSON.stringify(key) : String(key);
}

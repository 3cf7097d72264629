import { ConfigError, type LookupTask, RetriableError, type TaskContext } from '../api/index.js';
import type { PipelineSource } from './compiled-pipeline.js';
import { readSource } from './read-source.js';

export interface Finder {
  find(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  close(): Promise<void>;
}

export interface FinderOptions {
  readonly refreshMs: number;
  readonly max: number;
  readonly context: TaskContext;
}

/** All that a source gives, by key; read again when it is older than `refreshMs`. */
export class TableLookup implements Finder {
  readonly #source: PipelineSource;
  readonly #options: FinderOptions & { readonly by: string | undefined; readonly step: string };
  #table: ReadonlyMap<string, unknown> | undefined;
  #readAtMs = 0;

  constructor(source: PipelineSource, options: FinderOptions & { by: string | undefined; step: string }) {
    this.#source = source;
    this.#options = options;
  }

  async find(): Promise<ReadonlyMap<string, unknown>> {
    const { context, refreshMs } = this.#options;
    const now = context.clock.monotonic();
    if (this.#table === undefined || now - this.#readAtMs >= refreshMs) {
      this.#table = await this.#read();
      this.#readAtMs = now;
    }
    return this.#table;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #read(): Promise<ReadonlyMap<string, unknown>> {
    const { context, by, max, step } = this.#options;
    const table = new Map<string, unknown>();
    let keyless: unknown;
    for await (const { records } of readSource(this.#source, context)) {
      for (const { key, value } of records) {
        keyless ??= value;
        const found = by === undefined ? key : (value as Record<string, unknown> | null)?.[by];
        if (found === undefined || found === null) continue;
        const text = typeof found === 'object' ? soleField(found) : String(found);
        if (value === null || value === undefined) table.delete(text);
        else table.set(text, value);
      }
      if (table.size > max)
        throw new ConfigError(`lookup "${step}": there are more than ${max} keys: raise max, or look into a database`);
    }
    if (table.size === 0 && keyless !== undefined && keyless !== null) throw this.#noKeys(keyless);
    return table;
  }

  /** There are records, and none has a key: nothing would ever be found. */
  #noKeys(record: unknown): ConfigError {
    const { by, step } = this.#options;
    const fields = typeof record === 'object' ? Object.keys(record as object) : [];
    if (by === undefined)
      return new ConfigError(
        `lookup "${step}": what it looks into has no keys: say by: FIELD, of ${fields.join(', ') || 'its fields'}`,
      );
    return new ConfigError(`lookup "${step}": by: no record has a field "${by}"`, { given: by, known: fields });
  }
}

/** A key of one column is that column. */
function soleField(key: object): string {
  const values = Object.values(key);
  return values.length === 1 ? String(values[0]) : JSON.stringify(key);
}

interface Cached {
  readonly value: unknown;
  readonly atMs: number;
}

/** Asks for what it has not asked for lately. */
export class CachedLookup implements Finder {
  readonly #task: LookupTask;
  readonly #options: FinderOptions;
  /** Oldest first; what was not found is kept as undefined. */
  readonly #cache = new Map<string, Cached>();

  constructor(task: LookupTask, options: FinderOptions) {
    this.#task = task;
    this.#options = options;
  }

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const { context, refreshMs, max } = this.#options;
    const now = context.clock.monotonic();
    const unknown = keys.filter(key => (this.#cache.get(key)?.atMs ?? Number.NEGATIVE_INFINITY) + refreshMs <= now);
    if (unknown.length > 0) {
      const found = await this.#ask(unknown);
      for (const key of unknown) {
        this.#cache.delete(key);
        this.#cache.set(key, { value: found.get(key), atMs: now });
      }
    }
    const answer = new Map(keys.map(key => [key, this.#cache.get(key)?.value]));
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= max) break;
      this.#cache.delete(key);
    }
    return answer;
  }

  async close(): Promise<void> {
    await this.#task.close?.();
  }

  /** Until it answers: a record without what it needs is of no use. */
  async #ask(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const { clock, signal, logger } = this.#options.context;
    for (let delayMs = 300; ; delayMs = Math.min(10_000, delayMs * 2)) {
      try {
        return await this.#task.find(keys);
      } catch (error) {
        if (!(error instanceof RetriableError) || signal.aborted) throw error;
        logger.warn(`${error.message}; trying again in ${delayMs} ms`);
        await clock.sleep(delayMs, signal);
      }
    }
  }
}

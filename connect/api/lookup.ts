import type { z } from 'zod';
import type { TaskContext } from './context.js';
import type { ConfigSpec } from './source.js';

/** Finds values by their keys, many at a time. */
export interface LookupTask {
  /** What is there, by key; a key that is not there is left out. Rejects with RetriableError what may pass. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  close?(): void | Promise<void>;
}

export interface LookupDefinition<S extends ConfigSpec = ConfigSpec> {
  readonly kind: 'lookup';
  readonly name: string;
  readonly description: string;
  readonly config: S;
  /**
   * Throws ConfigError for what cannot be meant, as far as that is seen without connecting to anything: asked when a pipeline is linted. A message that begins with `NAME.OF.OPTION: ` is shown at that option.
   */
  validate?(config: z.output<S>): void;
  /** Opens what is looked into. Throws ConfigError for what cannot be meant. */
  start(config: z.output<S>, context: TaskContext): LookupTask | Promise<LookupTask>;
}

/** Defines what a `lookup` step of a pipeline can ask, key by key. */
export function defineLookup<S extends ConfigSpec>(definition: Omit<LookupDefinition<S>, 'kind'>): LookupDefinition<S> {
  return { ...definition, kind: 'lookup' };
}

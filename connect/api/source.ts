import type { z } from 'zod';
import type { SourceContext } from './context.js';
import type { SourceBatch, SourceOffset, SourcePartition } from './record.js';

/** A zod object whose keys are the configuration keys, each with a `.describe()`d meaning. */
export type ConfigSpec = z.ZodObject;

export interface AlteredOffset {
  readonly partition: SourcePartition;
  readonly offset: SourceOffset | null;
}

/** `'ended'`: the source is bounded and has been read to its end. An empty list: nothing for now, ask again later. */
export type Polled = readonly SourceBatch[] | 'ended';

/** A task has either `poll` or `batches`. */
export interface SourceTask {
  /**
   * The next batches. May wait for them (until `signal` aborts), though not for a minute without a word, unless `isResting` says that there is nothing to
   * do: else the status says that the task is stalled. Is never called again before it has answered.
   */
  poll?(signal: AbortSignal): Polled | Promise<Polled>;
  /** The same as an iterable; its end is the end of a bounded source. */
  batches?(signal: AbortSignal): AsyncIterable<SourceBatch>;
  /** The source shall end with what there is now: a poll that waits for something to happen looks once more, and answers. */
  wake?(): void;
  /** Whether the poll that has not answered yet only waits for something to happen, and nothing hinders it. */
  isResting?(): boolean;
  /** These offsets are in the offsets topic, and all records up to them acknowledged: the source may forget them. */
  committed?(offsets: readonly { partition: SourcePartition; offset: SourceOffset }[]): void | Promise<void>;
  /** Called once, after the last `poll` has answered, also after a failure. */
  close?(): void | Promise<void>;
}

export interface SourceDefinition<S extends ConfigSpec = ConfigSpec> {
  readonly kind: 'source';
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly config: S;
  /**
   * Throws ConfigError for what cannot be meant, as far as that is seen without connecting to anything: asked when a pipeline is linted and before a
   * connector is made. A message that begins with `NAME.OF.OPTION: ` is shown at that option.
   */
  validate?(config: z.output<S>): void;
  /** Splits the work: one configuration a task, at most `tasksMax`. Without it there is one task. */
  tasks?(config: z.output<S>, tasksMax: number): readonly z.output<S>[];
  /** The converters that fit this configuration, where the user names none. */
  converters?(config: z.output<S>): { readonly key?: string; readonly value?: string };
  /**
   * Whether exactly once can be promised with this configuration: begun at a stored offset, the task hands out the records behind it and no
   * others. Without it, nobody knows.
   */
  exactlyOnceSupport?(config: z.output<S>): 'supported' | 'unsupported';
  /** Its batches say where transactions end (`SourceBatch.transaction`), where `transaction.boundary` is `connector`. */
  readonly canDefineTransactionBoundaries?: boolean;
  /**
   * Somebody changes the stored offsets of a stopped connector (KIP-875; null: forgets one). Throws ConfigError for what it could not go on from. True
   * says that nothing else holds offsets: without it, the answer warns that there may be some.
   */
  alterOffsets?(config: z.output<S>, offsets: readonly AlteredOffset[]): boolean | Promise<boolean>;
  /** Opens what the task reads. Throws ConfigError for what cannot be meant. */
  start(config: z.output<S>, context: SourceContext): SourceTask | Promise<SourceTask>;
}

/** Defines a source connector; configuration types, validation and documentation come from its `config`. */
export function defineSource<S extends ConfigSpec>(definition: Omit<SourceDefinition<S>, 'kind'>): SourceDefinition<S> {
  return { ...definition, kind: 'source' };
}

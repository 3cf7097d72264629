import type { z } from 'zod';
import type { Logger, SinkContext } from './context.js';
import type { CommittedOffset, SinkBatch, TopicOffset, TopicPartition } from './record.js';
import type { ConfigSpec } from './source.js';

export interface SinkTask {
  /**
   * True: where records have flat objects as values and pass no transform, they come with `flat`, and `value` is not read before somebody asks for it. Such
   * records are no plain objects: their fields do not come along when they are spread.
   */
  readonly readsFlat?: boolean;
  /**
   * These partitions are this task's from now on; `committed` holds the group's offsets, where there are any.
   * A sink that keeps its offsets together with its data (exactly once) returns those it has: the runtime reads from there.
   */
  open?(
    assigned: readonly TopicPartition[],
    committed: readonly CommittedOffset[],
    // biome-ignore lint/suspicious/noConfusingVoidType: a task without offsets of its own returns nothing
  ): readonly TopicOffset[] | void | Promise<readonly TopicOffset[] | void>;
  /**
   * Takes records. After a RetriableError the same batches come again. A DataError says that one of them is bad and that none of this call was kept: where
   * errors are tolerated they come again in ever smaller parts, until the bad one is found and goes to the dead letters. (`context.reject` is quicker.)
   */
  put(batches: readonly SinkBatch[]): void | Promise<void>;
  /**
   * The offsets up to which everything is durable. Called each commit interval, and with `closing` before partitions are given up or the
   * connector stops: then all that was put shall be made durable. Without it, what `put` has returned for counts as durable.
   */
  preCommit?(why: 'interval' | 'closing'): readonly TopicOffset[] | Promise<readonly TopicOffset[]>;
  /** These partitions are no longer this task's. What is not durable is dropped: its next owner reads it again. */
  close?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** The task ends. Called once, also after a failure. */
  stop?(): void | Promise<void>;
}

export interface AlteredTopicOffset extends TopicPartition {
  readonly offset: number | null;
}

export interface SinkDefinition<S extends ConfigSpec = ConfigSpec> {
  readonly kind: 'sink';
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly config: S;
  /**
   * Throws ConfigError for what cannot be meant, as far as that is seen without connecting to anything: asked when a pipeline is linted and before a
   * connector is made. A message that begins with `NAME.OF.OPTION: ` is shown at that option.
   */
  validate?(config: z.output<S>): void;
  /** The converters that fit this configuration, where the user names none. */
  converters?(config: z.output<S>): { readonly key?: string; readonly value?: string };
  /**
   * Somebody changes the offsets of the stopped connector (KIP-875; null: forgets one). A sink that keeps offsets with its data changes those as well and says
   * true; without it, the answer warns that there may be some.
   */
  alterOffsets?(
    config: z.output<S>,
    offsets: readonly AlteredTopicOffset[],
    context: { readonly connector: string; readonly logger: Logger },
  ): boolean | Promise<boolean>;
  /** Opens what the task writes to. Throws ConfigError for what cannot be meant. */
  start(config: z.output<S>, context: SinkContext): SinkTask | Promise<SinkTask>;
}

/** Defines a sink connector; configuration types, validation and documentation come from its `config`. */
export function defineSink<S extends ConfigSpec>(definition: Omit<SinkDefinition<S>, 'kind'>): SinkDefinition<S> {
  return { ...definition, kind: 'sink' };
}

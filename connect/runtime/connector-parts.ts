import type { KafkaProperties, Log, Serde, Topic } from '../../core/index.js';
import type { Logger } from '../api/context.js';
import type { ByteArena, Converter, ConverterDefinition } from '../api/converter.js';
import type { TopicOffset } from '../api/record.js';
import { configuredConverter } from '../converters/configured-converter.js';
import type { TransformPlugins } from '../transforms/transform-chain.js';
import type { RuntimeOptions } from './runtime-options.js';
import type { PartitionLag } from './sink/partition-lag.js';
import type { OffsetLogs } from './source/offset-logs.js';
import type { PauseGate } from './task/pause-gate.js';
import type { ProgressMeter } from './task/progress-meter.js';
import type { TaskLife } from './task/task-supervisor.js';

/** What both kinds of connectors are made of. */
export interface ConnectorParts {
  readonly log: Log;
  /** A further connection to the cluster that `log` is on, with these properties in place of the worker's; left out where there is none to connect to. */
  connectAs?(properties: KafkaProperties): Promise<Log>;
  readonly name: string;
  readonly logger: Logger;
  readonly meter: ProgressMeter;
  readonly gate: PauseGate;
  readonly metrics: Map<string, number>;
  /** Takes out of a text what nobody may see. */
  hidden?(text: string): string;
  readonly offsetLogs: OffsetLogs;
  /** False: a source makes no topics that are missing. Default true. */
  readonly createsTopics?: boolean | undefined;
  /** A task has written to the topic, or read from it. */
  usesTopic?(topic: string, task: number): void;
  /** A sink's topics need not be there yet: its tasks wait for them. */
  readonly awaitsTopics?: boolean | undefined;
  /** Given in code: its name and serdes take the place of `topic` (or `topics`) and the converters. */
  readonly topic: Topic<unknown, unknown> | undefined;
  readonly plugins: ConfigPlugins;
}

/** Transforms, predicates and converters that a configuration may name beside those that are always there. */
export type ConfigPlugins = readonly (TransformPlugins[number] | ConverterDefinition)[];

/** A connector whose configuration has been read: how many tasks it has, and how each lives. */
export interface PreparedConnector {
  readonly runtime: RuntimeOptions;
  readonly taskCount: number;
  /** The connector's own options, and those that each task gets instead where they are not the same. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly taskConfigs: readonly Readonly<Record<string, unknown>>[];
  /** Its tasks look up from waiting: it was paused, resumed, or told to finish. */
  wake?(): void;
  /** How far a sink has read. */
  positions?(): readonly TopicOffset[];
  /** How far a sink is behind, in the partitions that its running tasks have. */
  lag?(): Promise<readonly PartitionLag[]>;
  live(task: number, life: TaskLife): Promise<void>;
  /** From now on the connector ends where it has read what is there now. */
  beginFinish(): Promise<void>;
}

/** What stands between the bytes of a topic and the values of its records. */
export interface Converters {
  readonly key: Converter;
  readonly value: Converter;
  readonly header: Converter;
}

/** The converters of keys, values and headers: those of the topic's description, the configured ones, or what fits the connector. */
export function convertersOf(
  { topic, plugins }: ConnectorParts,
  config: Readonly<Record<string, unknown>>,
  fitting: { readonly key?: string; readonly value?: string } | undefined,
): Converters {
  const converters = plugins.filter(plugin => plugin.kind === 'converter');
  const of = (part: 'key' | 'value' | 'header', fallback: string) =>
    configuredConverter(config, part, { fallback, plugins: converters });
  const header = of('header', 'simple');
  if (topic !== undefined) return { key: ofSerde(topic.key), value: ofSerde(topic.value), header };
  return { header, key: of('key', fitting?.key ?? 'string'), value: of('value', fitting?.value ?? 'json') };
}

function ofSerde(serde: Serde<unknown>): Converter {
  return {
    name: serde.name,
    // The runtime writes into core's own arenas only.
    write: (value, arena: ByteArena) => serde.write(value, arena as Parameters<typeof serde.write>[1]),
    read: (bytes, start, end) => ({ value: serde.read(bytes, start, end) }),
  };
}

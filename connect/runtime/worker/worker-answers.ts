// What a worker answers, in the shapes and with the words of Kafka Connect's REST interface.

import type { ConnectorState } from '../connector-handle.js';

/** A flat configuration as it is stored: texts, and null where a key stands without a value. */
export type ConfigText = Readonly<Record<string, string | null>>;

export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED';

export interface TaskId {
  readonly connector: string;
  readonly task: number;
}

/** `config` is what was given, placeholders of config providers included. */
export interface ConnectorInfo {
  readonly name: string;
  readonly config: ConfigText;
  readonly tasks: readonly TaskId[];
  readonly type: 'source' | 'sink' | 'unknown';
}

export interface StateInfo {
  readonly state: ConnectorState;
  readonly worker_id: string;
  readonly version: string | null;
  /** Why it failed, or is being restarted. */
  readonly trace?: string | undefined;
}

/** A task that has work and makes no progress. Kafka Connect says RUNNING and nothing more. */
export interface StallInfo {
  /** Since when, milliseconds since the epoch. */
  readonly since: number;
  readonly reason: string;
}

export interface TaskStateInfo extends StateInfo {
  readonly id: number;
  /** Restarts since it last made progress. */
  readonly restarts?: number | undefined;
  readonly stalled?: StallInfo | undefined;
}

export interface ConnectorStateInfo {
  readonly name: string;
  readonly connector: StateInfo;
  readonly tasks: readonly TaskStateInfo[];
  readonly type: 'source' | 'sink' | 'unknown';
}

export interface TaskInfo {
  readonly id: TaskId;
  readonly config: ConfigText;
}

/** At a source in the connector's own words; at a sink `{kafka_topic, kafka_partition}` and `{kafka_offset}`. Offset null: forget it. */
export interface ConnectorOffset {
  readonly partition: Readonly<Record<string, unknown>> | null;
  readonly offset: Readonly<Record<string, unknown>> | null;
}

export interface ConnectorOffsets {
  readonly offsets: readonly ConnectorOffset[];
}

/** What has gone through a connector since it was started in this worker; zeros while none runs. */
export interface ConnectorMetrics extends Partial<SinkLagInfo> {
  readonly records: number;
  /** Read at a source that tells them; of keys and values at a sink. */
  readonly bytes: number;
  readonly dead_letters: number;
  /** What the connector itself counts, by its names. */
  readonly connector: Readonly<Record<string, number>>;
}

/** Of a sink: how many records it is behind. Null where nothing is known, as nothing was ever read. */
export interface SinkLagInfo {
  readonly 'sink-record-lag-max': number | null;
  readonly tasks: readonly { readonly id: number; readonly 'sink-record-lag-max': number | null }[];
  readonly partitions: readonly PartitionLagInfo[];
}

export interface PartitionLagInfo {
  readonly kafka_topic: string;
  readonly kafka_partition: number;
  /** Null: no task that runs has it; its position is what the group has committed. */
  readonly task: number | null;
  readonly position: number;
  readonly end: number;
  readonly lag: number;
}

/** By the name of the connector. */
export type ActiveTopics = Readonly<Record<string, { readonly topics: readonly string[] }>>;

export type PluginType = 'source' | 'sink' | 'converter' | 'header_converter' | 'transformation' | 'predicate';

export interface PluginInfo {
  readonly class: string;
  readonly type: PluginType;
  readonly version?: string | undefined;
}

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

/** What one configuration key is. */
export interface ConfigKeyInfo {
  readonly name: string;
  readonly type: ConfigType;
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly documentation: string;
  readonly group: string | null;
  readonly order_in_group: number;
  readonly width: 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';
  readonly display_name: string;
  readonly dependents: readonly string[];
}

/** What was given for a key, and what is wrong with it. */
export interface ConfigValueInfo {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}

/** `definition` is null for a key that nobody knows. */
export interface ConfigInfo {
  readonly definition: ConfigKeyInfo | null;
  readonly value: ConfigValueInfo;
}

export interface ConfigInfos {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly ConfigInfo[];
}

export interface LoggerLevel {
  readonly level: string;
  /** Milliseconds since the epoch; null: never. */
  readonly last_modified: number | null;
}

export interface ServerInfo {
  readonly version: string;
  readonly commit: string;
  readonly kafka_cluster_id: string;
}

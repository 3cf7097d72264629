// A worker runs connectors under the names of Kafka Connect: it takes and answers what Kafka Connect's REST interface takes and answers, as objects.
// What it knows is in three compacted topics (configs, offsets, status), so that a worker that was restarted, or killed, runs what it ran.

import type { KafkaProperties, Log } from '../../../core/index.js';
import type { Logger } from '../../api/context.js';
import type { SinkDefinition } from '../../api/sink.js';
import type { SourceDefinition } from '../../api/source.js';
import type { TransformPlugins } from '../../transforms/transform-chain.js';
import type {
  ActiveTopics,
  ConfigInfos,
  ConfigKeyInfo,
  ConfigText,
  ConnectorInfo,
  ConnectorMetrics,
  ConnectorOffset,
  ConnectorOffsets,
  ConnectorStateInfo,
  LoggerLevel,
  PluginInfo,
  ServerInfo,
  TaskInfo,
  TaskStateInfo,
} from './worker-answers.js';

/** A connector that configurations may name in `connector.class`. */
export interface ConnectorPlugin {
  /** Such as `millrace.PostgresSink`. The part behind the last dot names it too, with or without `Connector` at its end. */
  readonly class: string;
  /** Names under which configurations written for Kafka Connect know it, such as `io.confluent.connect.jdbc.JdbcSinkConnector`. */
  readonly aliases: readonly string[];
  readonly version: string;
  readonly kind: 'source' | 'sink';
  readonly definition: SourceDefinition | SinkDefinition;
}

export interface WorkerOptions {
  /**
   * The worker's properties, with Kafka Connect's names: `group.id`, `config.storage.topic`, `offset.storage.topic`, `status.storage.topic`,
   * `key.converter`, `config.providers`, ... All have a default. A key that is none is refused with the nearest that is.
   */
  readonly config: Readonly<Record<string, unknown>>;
  readonly plugins: readonly ConnectorPlugin[];
  /** Transforms and predicates that configurations may name beside those that are always there. */
  readonly transforms?: TransformPlugins | undefined;
  /** By default warnings and errors go to the console. */
  readonly logger?: Logger | undefined;
  /** `host:port` in the status of what runs here. */
  readonly workerId?: string | undefined;
  /** 32 bytes. With it, secrets in configurations are encrypted in the config topic; without it they stand there as they are given. */
  readonly secretsKey?: Uint8Array | undefined;
  /**
   * A further connection to the cluster that the log is on, for connectors with `producer.override.sasl.jaas.config` and the like. Left out where there is
   * none to connect to.
   */
  readonly connectAs?: ((properties: KafkaProperties) => Promise<Log>) | undefined;
  /** Of the program, as `serverInfo` tells it. */
  readonly version?: string | undefined;
}

export interface NewConnector {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** `RUNNING` (the default), `PAUSED` or `STOPPED`, in any case of letters. */
  readonly initialState?: string | undefined;
}

export interface RestartOptions {
  readonly includeTasks: boolean;
  readonly onlyFailed: boolean;
}

/** All throw WorkerError, with Kafka Connect's words, for what is not there, may not be done now, or cannot be meant. */
export interface Worker extends AsyncDisposable {
  serverInfo(): ServerInfo;
  connectors(): readonly string[];
  info(name: string): ConnectorInfo;
  status(name: string): ConnectorStateInfo;
  taskStatus(name: string, task: number): TaskStateInfo;
  config(name: string): ConfigText;
  tasks(name: string): readonly TaskInfo[];
  /** By `<name>-<task>`. */
  tasksConfig(name: string): Readonly<Record<string, ConfigText>>;
  create(connector: NewConnector): Promise<ConnectorInfo>;
  putConfig(
    name: string,
    config: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly isNew: boolean; readonly info: ConnectorInfo }>;
  /** A null value takes the key away. */
  patchConfig(name: string, patch: Readonly<Record<string, unknown>>): Promise<ConnectorInfo>;
  /** Errors are in the answer; throws only for a class that is none. */
  validate(pluginClass: string, config: Readonly<Record<string, unknown>>): Promise<ConfigInfos>;
  delete(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** The status in which what will be restarted reads RESTARTING; undefined where neither option is set (Kafka Connect: 204). */
  restart(name: string, options: RestartOptions): Promise<ConnectorStateInfo | undefined>;
  restartTask(name: string, task: number): Promise<void>;
  offsets(name: string): Promise<ConnectorOffsets>;
  patchOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<{ readonly message: string }>;
  resetOffsets(name: string): Promise<{ readonly message: string }>;
  topics(name: string): ActiveTopics;
  /** What has gone through it since its start here, and how far a sink is behind. */
  metrics(name: string): Promise<ConnectorMetrics>;
  resetTopics(name: string): Promise<void>;
  plugins(options?: { readonly connectorsOnly?: boolean }): readonly PluginInfo[];
  /** `version`: a version, or a range of them, that the plugin must have (KIP-891). */
  pluginConfig(pluginClass: string, version?: string): readonly ConfigKeyInfo[];
  loggers(): Readonly<Record<string, LoggerLevel>>;
  logger(name: string): LoggerLevel;
  /** The loggers that were changed: this one and those below it. `cluster` writes it to the config topic as well. */
  setLogger(name: string, level: string, scope: 'worker' | 'cluster'): Promise<readonly string[]>;
  /** Stops what runs, with everything committed; target states stay as they are. */
  close(): Promise<void>;
}

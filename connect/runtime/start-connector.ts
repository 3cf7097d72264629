// Standalone: connectors run in the process that starts them, their offsets in topics of the log they run on.

import { type Log, type Topic, UsageError } from '../../core/index.js';
import type { Logger } from '../api/context.js';
import type { SinkDefinition } from '../api/sink.js';
import type { SourceDefinition } from '../api/source.js';
import { shownError } from './connector-config.js';
import type { ConnectorHandle } from './connector-handle.js';
import type { ConfigPlugins, ConnectorParts } from './connector-parts.js';
import { consoleLogger } from './console-logger.js';
import { RunningConnector } from './running-connector.js';
import { prepareSink } from './sink/prepare-sink.js';
import { OffsetLogs } from './source/offset-logs.js';
import { prepareSource } from './source/prepare-source.js';
import { PauseGate } from './task/pause-gate.js';
import { ProgressMeter } from './task/progress-meter.js';

export interface ConnectorOptions {
  /** Offsets, group (`connect-<name>`) and dead letters carry this name. */
  readonly name: string;
  readonly connector: SourceDefinition | SinkDefinition;
  /**
   * One flat object with Kafka Connect's names: the connector's own options and the runtime's (`topic` of a source, `topics` of a sink,
   * `key.converter`, `errors.tolerance`, ...).
   */
  readonly config: Readonly<Record<string, unknown>>;
  /** In code: its name and serdes take the place of `topic` (or `topics`) and the converters; its partitions count where it is missing. */
  // biome-ignore lint/suspicious/noExplicitAny: what the records are is between the topic and the connector
  readonly topic?: Topic<any, any> | undefined;
  /** Transforms, predicates and converters of your own, which the configuration then names: `transforms.<alias>.type`, `value.converter`. */
  readonly plugins?: ConfigPlugins | undefined;
  /** Where the connector and its tasks log; by default warnings and errors go to the console. */
  readonly logger?: Logger | undefined;
}

/** Checks the configuration (UsageError names what is wrong and the nearest valid word), starts the tasks, and returns once they run. */
export async function startConnector(log: Log, options: ConnectorOptions): Promise<ConnectorHandle> {
  const { name, connector, config } = options;
  if (name.trim() === '') throw new UsageError('a connector needs a name: its offsets are kept under it');
  const parts: ConnectorParts = {
    log,
    name,
    logger: options.logger ?? consoleLogger,
    meter: new ProgressMeter(),
    gate: new PauseGate(),
    metrics: new Map(),
    offsetLogs: new OffsetLogs(log),
    topic: options.topic,
    plugins: options.plugins ?? [],
  };
  try {
    const prepared =
      connector.kind === 'source'
        ? await prepareSource(parts, connector, config)
        : await prepareSink(parts, connector, config);
    const running = new RunningConnector(parts, connector.kind, prepared);
    await running.started();
    return running;
  } catch (error) {
    throw shownError(name, error);
  }
}

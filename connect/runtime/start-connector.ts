import type { Logger } from '../api/context.js';
import type { SinkDefinition } from '../api/sink.js';
import type { SourceDefinition } from '../api/source.js';
import type { ConnectorHandle } from './connector-handle.js';

/** What `startConnector` needs of a log until core's face has it. */
interface LogPlace {
  readonly url: string;
}

export interface ConnectorOptions {
  /** Offsets, group (`connect-<name>`) and dead letters carry this name. */
  readonly name: string;
  readonly connector: SourceDefinition | SinkDefinition;
  /**
   * One flat object with Kafka Connect's names: the connector's own options and the runtime's (`topic` of a source, `topics` of a sink,
   * `key.converter`, `errors.tolerance`, ...).
   */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the connector and its tasks log; by default warnings and errors go to the console. */
  readonly logger?: Logger | undefined;
}

/** Checks the configuration (UsageError names what is wrong and the nearest valid word), starts the tasks, and returns once they run. */
export async function startConnector(_log: LogPlace, options: ConnectorOptions): Promise<ConnectorHandle> {
  throw new Error(`connector ${options.name}: the runtime is not built yet`);
}

import type { KafkaProperties, Log } from '../../../core/index.js';
import type { TransformPlugins } from '../../transforms/transform-chain.js';
import type { ConfigProviders } from '../providers/config-providers.js';
import type { SealedSecrets } from '../providers/sealed-secrets.js';
import type { OffsetLogs } from '../source/offset-logs.js';
import type { ConfigStore } from './config-store.js';
import type { ConnectorPlugins } from './connector-plugins.js';
import type { LoggerLevels } from './logger-levels.js';
import type { OverridePolicy } from './override-policy.js';
import type { StatusStore } from './status-store.js';
import type { WorkerSettings } from './worker-options.js';

/** What the connectors of a worker share. */
export interface WorkerParts {
  readonly log: Log;
  readonly connectAs: ((properties: KafkaProperties) => Promise<Log>) | undefined;
  readonly settings: WorkerSettings;
  /** The worker's properties as they were given. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly plugins: ConnectorPlugins;
  readonly transforms: TransformPlugins;
  readonly providers: ConfigProviders;
  /** Undefined where the worker was given no key. */
  readonly sealed: SealedSecrets | undefined;
  readonly configs: ConfigStore;
  readonly statuses: StatusStore;
  readonly offsetLogs: OffsetLogs;
  readonly levels: LoggerLevels;
  readonly version: string;
  readonly workerId: string;
  /** Of this run of the worker; behind that of all before it. */
  readonly generation: number;
  readonly overridePolicy: OverridePolicy;
}

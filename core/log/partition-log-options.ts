import type { LogConfig } from './log-config.js';
import type { LogHost } from './log-host.js';

export interface PartitionLogOptions {
  readonly directory: string;
  readonly topic: string;
  /** Kafka's text form of the uuid (base64url). */
  readonly topicId: string;
  readonly partition: number;
  readonly config: LogConfig;
  /** All was flushed before the last process ended: recovery only looks at the end. */
  readonly isCleanShutdown: boolean;
  /** Everything below was on disk, indexes included. */
  readonly recoveryPoint: number;
  readonly logStartOffset?: number;
  readonly host?: LogHost;
}

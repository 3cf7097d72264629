import type { ProtocolError } from '../base/errors.js';
import { TailBudget } from './hot-tail.js';

/** A partition's log as its host sees it. */
export interface HostedLog {
  readonly topic: string;
  readonly partition: number;
  readonly logStartOffset: number;
}

/** What a partition's log needs of the directory it lives in. */
export interface LogHost {
  readonly tail: TailBudget;
  /** Makes the log start offset durable before it counts. */
  logStartMoved(log: HostedLog): void;
  /** Bytes that a recovery would have to scan have grown. */
  appended(sizeBytes: number): void;
  failed(log: HostedLog, failure: ProtocolError): void;
}

/** For a log that stands alone: it remembers nothing but what its own files say. */
export function standaloneHost(tailBytesMax = 8 * 1024 * 1024): LogHost {
  return {
    tail: new TailBudget(tailBytesMax),
    logStartMoved: () => undefined,
    appended: () => undefined,
    failed: () => undefined,
  };
}

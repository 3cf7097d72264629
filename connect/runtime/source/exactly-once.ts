import { ConfigError } from '../../api/errors.js';
import type { SourceDefinition } from '../../api/source.js';
import type { SourceRuntimeOptions } from '../runtime-options.js';

/** As the producer's own default. */
const leastTimeoutMs = 60_000;
/** A transaction may take twice as long, and Kafka's brokers allow 15 minutes (transaction.max.timeout.ms). */
const intervalMsMax = 7 * 60_000;

/** Whether exactly once was asked for. Throws ConfigError where it cannot be had. */
export function requireExactlyOnce(
  runtime: SourceRuntimeOptions,
  connector: SourceDefinition,
  own: Record<string, unknown>,
): boolean {
  const isEnabled = runtime['exactly.once.source.support'] === 'enabled';
  const isPossible = connector.exactlyOnceSupport?.(own) === 'supported';
  if (runtime['exactly.once.support'] === 'required' && !isEnabled) {
    throw new ConfigError('exactly.once.support: "required" needs exactly.once.source.support=enabled');
  }
  if (runtime['exactly.once.support'] === 'required' && !isPossible) {
    throw new ConfigError(
      `exactly.once.support: ${connector.name} does not promise exactly once with this configuration: set it to "requested" to go without the promise`,
    );
  }
  if (runtime['transaction.boundary'] === 'connector' && connector.canDefineTransactionBoundaries !== true) {
    throw new ConfigError(
      `transaction.boundary: ${connector.name} does not say where transactions end: use "poll" or "interval"`,
    );
  }
  if (isEnabled && boundaryIntervalMs(runtime) > intervalMsMax) {
    throw new ConfigError(
      'transaction.boundary.interval.ms: give at most 7 minutes, as brokers abort transactions that take longer',
    );
  }
  return isEnabled;
}

/** Of the producer of a task, named `<connector>-<task>`. */
export function transactionalId(runtime: SourceRuntimeOptions, task: string): string {
  return `${runtime['group.id']}-${task}`;
}

export function transactionTimeoutMs(runtime: SourceRuntimeOptions): number {
  return Math.max(leastTimeoutMs, 2 * boundaryIntervalMs(runtime));
}

export function boundaryIntervalMs(runtime: SourceRuntimeOptions): number {
  return runtime['transaction.boundary.interval.ms'] ?? runtime['offset.flush.interval.ms'];
}

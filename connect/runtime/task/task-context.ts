import type { Log } from '../../../core/index.js';
import type { Logger, TaskContext } from '../../api/context.js';
import { connectorClock } from './connector-clock.js';

export interface TaskContextParts {
  readonly log: Log;
  readonly connector: string;
  readonly task: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** What the connector counts, by name. */
  readonly metrics: Map<string, number>;
}

/** The part of its context that sources and sinks share. */
export function taskContext({ log, connector, task, logger, signal, metrics }: TaskContextParts): TaskContext {
  const { clock, failpoint } = log.ports;
  return {
    connector,
    task,
    logger,
    signal,
    clock: connectorClock(clock),
    metrics: {
      count: (name, by = 1) => void metrics.set(name, (metrics.get(name) ?? 0) + by),
      gauge: (name, value) => void metrics.set(name, value),
    },
    failpoint: name => failpoint(name),
  };
}

import type { Clock } from '../../core/index.js';
import type { Logger, TaskContext } from '../api/index.js';
import { connectorClock } from '../runtime/task/connector-clock.js';

/** For what runs outside the connector runtime: tests, previews. */
export function standaloneContext(
  name: string,
  parts: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): TaskContext {
  const { clock, logger, signal } = parts;
  return {
    connector: name,
    task: 0,
    logger,
    signal,
    clock: connectorClock(clock),
    metrics: { count: () => {}, gauge: () => {} },
    failpoint: () => {},
  };
}

import type { TaskContext } from '../api/context.js';
import { connectorClock } from '../runtime/task/connector-clock.js';
import type { Stage } from './stage.js';

/** The context of a task that the suite drives itself, without the runtime. */
export function drivenContext(stage: Stage, signal: AbortSignal, failpoint?: (name: string) => void): TaskContext {
  return {
    connector: 'under-test',
    task: 0,
    logger: stage.logger,
    clock: connectorClock(stage.clock),
    metrics: { count: () => undefined, gauge: () => undefined },
    signal,
    failpoint: name => failpoint?.(name),
  };
}

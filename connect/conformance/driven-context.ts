import type { TaskContext } from '../api/context.js';
import type { Stage } from './stage.js';

/** The context of a task that the suite drives itself, without the runtime. */
export function drivenContext(stage: Stage, signal: AbortSignal, failpoint?: (name: string) => void): TaskContext {
  const { clock } = stage;
  return {
    connector: 'under-test',
    task: 0,
    logger: stage.logger,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (delayMs, until) => clock.sleep(delayMs, until),
      yield: () => clock.yield(),
    },
    metrics: { count: () => undefined, gauge: () => undefined },
    signal,
    failpoint: name => failpoint?.(name),
  };
}

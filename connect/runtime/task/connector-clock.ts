import type { Clock } from '../../../core/index.js';
import type { ConnectorClock } from '../../api/context.js';

const clocks = new WeakMap<Clock, ConnectorClock>();

/** What connectors see of a clock: one for all tasks, so that they may share what waits by it. */
export function connectorClock(clock: Clock): ConnectorClock {
  let shared = clocks.get(clock);
  if (shared === undefined) {
    shared = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (delayMs, until) => clock.sleep(delayMs, until),
      yield: () => clock.yield(),
    };
    clocks.set(clock, shared);
  }
  return shared;
}

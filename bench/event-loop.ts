// Is the event loop kept free? While the embedded log is produced to and consumed from as fast as it goes, a timer of 10 ms is set again and
// again; printed is by how much it fires late.

import { openLog } from '../core/index.js';
import { fullLoad } from './full-load.js';

export async function benchEventLoop(seconds: number): Promise<string> {
  const log = await openLog('memory:');
  const delays: number[] = [];
  let isRunning = true;
  const tick = (): void => {
    const asked = performance.now();
    setTimeout(() => {
      delays.push(performance.now() - asked);
      if (isRunning) tick();
    }, 10);
  };
  tick();
  const load = await fullLoad(log, seconds * 1000);
  isRunning = false;
  await log.close();
  delays.sort((a, b) => a - b);
  const at = (fraction: number): string =>
    delays[Math.min(delays.length - 1, Math.floor(delays.length * fraction))]!.toFixed(1);
  const rate = (load.consumedCount / seconds / 1e6).toFixed(2);
  return `event loop under full embedded load (${rate} M rec/s in and out)\n  a timer of 10 ms fires after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${delays.length} timers)`;
}

// A bench that is ended (Ctrl-C, SIGTERM) stops the servers that it started, and says no more than that: what it was about to do with them fails, which is nothing to tell.

const signals = { SIGINT: 130, SIGTERM: 143 } as const;
const stops = new Set<() => Promise<void> | void>();
let isEnding = false;

/** Runs `stop` when the bench is ended before its time. Returns what ends that. */
export function stoppedBySignal(stop: () => Promise<void> | void): () => void {
  stops.add(stop);
  return () => void stops.delete(stop);
}

/** `ended`: before anything else. */
export function endBySignal(ended: () => void): void {
  for (const signal of Object.keys(signals) as (keyof typeof signals)[]) {
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      ended();
      process.on('uncaughtException', () => undefined);
      process.on('unhandledRejection', () => undefined);
      console.error(`ended by ${signal}`);
      const stopping = [...stops].map(async stop => stop());
      void Promise.allSettled(stopping).then(() => process.exit(signals[signal]));
    });
  }
}

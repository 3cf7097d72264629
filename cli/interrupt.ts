/** Aborts with the first SIGINT or SIGTERM, so that work can be closed; the second one kills as always. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
    controller.abort();
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return controller.signal;
}

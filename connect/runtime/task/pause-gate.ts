/** Lets tasks through unless the connector is paused. */
export class PauseGate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  get isPaused(): boolean {
    return this.#opened !== undefined;
  }

  pause(): void {
    this.#opened ??= new Promise(resolve => {
      this.#open = resolve;
    });
  }

  resume(): void {
    this.#open?.();
    this.#opened = this.#open = undefined;
  }

  /** Resolves when the connector is not paused, or the signal aborts. */
  async passed(signal: AbortSignal): Promise<void> {
    while (this.#opened !== undefined && !signal.aborted) {
      const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([this.#opened, aborted]);
    }
  }
}

// The order of one connection: requests are worked on one at a time and answered in the order they came. Whoever aborts gets its
// promise back at once; the request itself is not undone, it only loses its listener. Closing rejects everything that still waits.

import { WorldFault } from '../base/errors.js';

interface Entry {
  readonly work: () => unknown;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
}

export class RequestLane {
  readonly #queue: Entry[] = [];
  #current: Entry | undefined;
  #isClosed = false;

  run<T>(work: () => T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) return reject(connectionClosed());
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => this.#abandon(entry);
      const entry: Entry = { work, resolve, reject, signal, onAbort };
      signal?.addEventListener('abort', onAbort);
      this.#queue.push(entry);
      this.#advance();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const waiting = this.#current === undefined ? this.#queue : [this.#current, ...this.#queue];
    for (const entry of waiting.splice(0)) {
      entry.signal?.removeEventListener('abort', entry.onAbort);
      entry.reject(connectionClosed());
    }
    this.#queue.length = 0;
  }

  #advance(): void {
    while (this.#current === undefined) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      this.#current = entry;
      this.#start(entry);
    }
  }

  #start(entry: Entry): void {
    try {
      const answer = entry.work();
      if (answer instanceof Promise) {
        answer.then(
          value => this.#settle(entry, () => entry.resolve(value as never)),
          error => this.#settle(entry, () => entry.reject(error)),
        );
      } else {
        this.#finish(entry, () => entry.resolve(answer as never));
      }
    } catch (error) {
      this.#finish(entry, () => entry.reject(error));
    }
  }

  #settle(entry: Entry, tell: () => void): void {
    this.#finish(entry, tell);
    this.#advance();
  }

  #finish(entry: Entry, tell: () => void): void {
    this.#current = undefined;
    entry.signal?.removeEventListener('abort', entry.onAbort);
    tell();
  }

  #abandon(entry: Entry): void {
    entry.signal?.removeEventListener('abort', entry.onAbort);
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    entry.reject(entry.signal?.reason);
  }
}

function connectionClosed(): WorldFault {
  return new WorldFault('the connection to the log is closed', { isRetriable: true });
}

// A client in Node as the bench has it: a process of its own (worker.ts), which is given one job after the other.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClientJob } from './client-work.js';
import type { WorkerAnswer, WorkerResult } from './worker.js';

const workerPath = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Of one job: whoever is not done by then is ended. */
const limitMs = 180_000;

export class NodeClient {
  readonly #client: string;
  readonly #action: string;
  #process: ChildProcess | undefined;

  constructor(client: string, action: 'produce' | 'consume') {
    this.#client = client;
    this.#action = action;
  }

  /** Rejects with what the client says, or after `limitMs`. */
  async run(job: ClientJob): Promise<WorkerResult> {
    const worker = (this.#process ??= fork(workerPath, [this.#client, this.#action]));
    worker.send(job);
    const limit = AbortSignal.timeout(limitMs);
    try {
      const [answer] = (await Promise.race([
        once(worker, 'message', { signal: limit }),
        once(worker, 'exit', { signal: limit }).then(([code]) => [{ failure: `its process ended with ${code}` }]),
      ])) as [WorkerAnswer];
      if ('result' in answer) return answer.result;
      throw new Error(answer.failure);
    } catch (error) {
      this.close();
      throw limit.aborted ? new Error(`not done in ${limitMs / 1000} s`) : error;
    }
  }

  close(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

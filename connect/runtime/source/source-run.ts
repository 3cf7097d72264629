// One life of a source task: polls it until it has ended or is told to stop, and hands what it gives to the delivery, which says what is promised.

import type { Log, Timer } from '../../../core/index.js';
import type { SourceContext } from '../../api/context.js';
import { DataError, RetriableError } from '../../api/errors.js';
import type { Polled, SourceTask } from '../../api/source.js';
import type { SourceRuntimeOptions } from '../runtime-options.js';
import { Backoff } from '../task/backoff.js';
import type { PauseGate } from '../task/pause-gate.js';
import type { TaskLife } from '../task/task-supervisor.js';
import { pollOf } from './poll-of.js';
import type { SourceDelivery } from './source-delivery.js';

/** A poll that found nothing in less time than this did not wait itself. */
const idlePollMs = 10;
const idlePauseMsMin = 100;
/** Of one that has found nothing again and again. */
const idlePauseMsMax = 1_000;
const yieldAfterMs = 8;
/** A poll that has not ended so long after it was told to is left behind (Kafka Connect's task.shutdown.graceful.timeout.ms). */
const gracefulStopMs = 5_000;

export interface SourceRunParts {
  readonly log: Log;
  readonly runtime: SourceRuntimeOptions;
  readonly life: TaskLife;
  /** Ends this life: aborts with the failure, or when the task shall stop. */
  readonly abort: AbortController;
  readonly task: SourceTask;
  readonly context: SourceContext;
  deliver(failed: (error: unknown) => void): SourceDelivery;
  readonly gate: PauseGate;
  /** Aborts when the source shall end with what there is. */
  readonly finishing: AbortSignal;
}

export class SourceRun {
  readonly #parts: SourceRunParts;
  readonly #delivery: SourceDelivery;
  readonly #backoff: Backoff;
  /** Leaves the poll that is under way behind. */
  #leave: (() => void) | undefined;
  readonly #isResting: () => boolean;
  #failure: unknown;
  #hasFailed = false;
  #graceTimer: Timer | undefined;

  constructor(parts: SourceRunParts) {
    this.#parts = parts;
    const { runtime, log, task } = parts;
    this.#isResting = () => task.isResting?.() ?? false;
    this.#delivery = parts.deliver(error => this.#fail(error));
    this.#backoff = new Backoff({
      firstMs: 300,
      maxMs: runtime['errors.retry.delay.max.ms'],
      random: log.ports.random.fork('connect-poll'),
    });
    const onAbort = () => {
      this.#graceTimer = log.ports.clock.setTimer(gracefulStopMs, () => this.#leave?.());
    };
    parts.abort.signal.addEventListener('abort', onAbort, { once: true });
  }

  /** Resolves when the source has ended or was stopped, with all that was read acknowledged and its offsets committed. */
  async run(): Promise<void> {
    const { life, abort, finishing, task } = this.#parts;
    const stop = () => abort.abort();
    const wake = () => task.wake?.();
    finishing.addEventListener('abort', wake);
    life.signal.addEventListener('abort', stop);
    if (life.signal.aborted) stop();
    try {
      await this.#readToEnd().catch(error => this.#fail(error));
      // What stands before a bad record is worth keeping: the restart then begins at it.
      if (!this.#hasFailed) await this.#delivery.finish();
      else if (this.#failure instanceof DataError) await this.#delivery.salvage();
    } finally {
      abort.abort();
      this.#graceTimer?.cancel();
      life.signal.removeEventListener('abort', stop);
      finishing.removeEventListener('abort', wake);
      await this.#delivery.stop();
    }
    if (this.#hasFailed) throw this.#failure;
  }

  async #readToEnd(): Promise<void> {
    const { abort, gate, log, life, finishing } = this.#parts;
    const { clock } = log.ports;
    const poll = pollOf(this.#parts.task);
    let yieldedAt = clock.monotonic();
    let idlePauseMs = idlePauseMsMin;
    while (!abort.signal.aborted) {
      if (gate.isPaused) {
        life.idle();
        await gate.passed(abort.signal);
      }
      const before = clock.monotonic();
      const polled = await this.#poll(poll);
      if (polled === 'ended') return;
      if (polled.length > 0) {
        idlePauseMs = idlePauseMsMin;
        await this.#delivery.take(polled);
      } else {
        if (finishing.aborted) return;
        if (clock.monotonic() - before < idlePollMs) {
          await clock.sleep(idlePauseMs, abort.signal).catch(() => undefined);
          idlePauseMs = Math.min(idlePauseMsMax, idlePauseMs * 2);
        }
      }
      if (clock.monotonic() - yieldedAt > yieldAfterMs) {
        await clock.yield();
        yieldedAt = clock.monotonic();
      }
    }
  }

  /** Asks the task for more. What it says will pass is asked again after a pause. */
  async #poll(poll: (signal: AbortSignal) => Polled | Promise<Polled>): Promise<Polled> {
    const { abort, log, context, life, task } = this.#parts;
    // An iterable may wait as long as it likes.
    if (task.poll !== undefined) life.working('poll has not returned', this.#isResting);
    try {
      const polled = await this.#unlessLeft(poll(abort.signal));
      this.#backoff.reset();
      life.idle();
      return polled;
    } catch (error) {
      if (abort.signal.aborted) return [];
      if (!(error instanceof RetriableError)) throw error;
      const delayMs = this.#backoff.nextMs();
      life.failing(`poll fails: ${error.message}`);
      context.logger.warn(`connector ${context.connector}: ${error.message}; trying again in ${delayMs} ms`);
      await log.ports.clock.sleep(delayMs, abort.signal).catch(() => undefined);
      return [];
    }
  }

  /** The poll's answer, or nothing a while after the task was told to stop. */
  #unlessLeft(polled: Polled | Promise<Polled>): Polled | Promise<Polled> {
    if (!(polled instanceof Promise)) return polled;
    // No Promise.race: it would keep a reaction of each poll with a promise that lives as long as the task.
    return new Promise((resolve, reject) => {
      this.#leave = () => resolve([]);
      polled.then(resolve, reject);
    });
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
    this.#parts.abort.abort();
  }
}

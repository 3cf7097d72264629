// One life of a source task. Three things go on side by side: batches are polled and appended, acknowledgements come back, and every commit
// interval the offsets of the longest acknowledged prefix are written. So every record is in its topic before the source's offset moves past it:
// at least once.

import type { Log, Producer, Timer } from '../../core/index.js';
import type { SourceContext } from '../api/context.js';
import { DataError, RetriableError } from '../api/errors.js';
import type { SourceBatch } from '../api/record.js';
import type { Polled, SourceTask } from '../api/source.js';
import { Backoff } from './backoff.js';
import type { PauseGate } from './pause-gate.js';
import type { ProgressMeter } from './progress-meter.js';
import type { RecordWriter } from './record-writer.js';
import type { SourceRuntimeOptions } from './runtime-options.js';
import type { SourceOffsetStore } from './source-offset-store.js';
import { SubmittedBatches } from './submitted-batches.js';
import type { TaskLife } from './task-supervisor.js';

/** Batches that may be under way at a time. */
const waitingBatchesMax = 16;
/** A poll that found nothing in less time than this did not wait itself. */
const idlePollMs = 10;
const idlePauseMs = 100;
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
  readonly producer: Producer;
  readonly writer: RecordWriter;
  readonly offsets: SourceOffsetStore;
  readonly meter: ProgressMeter;
  readonly gate: PauseGate;
  isFinishing(): boolean;
}

export class SourceRun {
  readonly #parts: SourceRunParts;
  readonly #submitted = new SubmittedBatches();
  readonly #backoff: Backoff;
  /** Resolves, with nothing, a while after the task was told to stop. */
  readonly #graceOver: Promise<Polled>;
  #failure: unknown;
  #hasFailed = false;
  #graceTimer: Timer | undefined;
  #acknowledging: Promise<void> = Promise.resolve();
  #committing: Promise<void> = Promise.resolve();

  constructor(parts: SourceRunParts) {
    this.#parts = parts;
    const { runtime, log } = parts;
    this.#backoff = new Backoff({
      firstMs: 300,
      maxMs: runtime['errors.retry.delay.max.ms'],
      random: log.ports.random.fork('connect-poll'),
    });
    this.#graceOver = new Promise(resolve => {
      const onAbort = () => {
        this.#graceTimer = log.ports.clock.setTimer(gracefulStopMs, () => resolve([]));
      };
      parts.abort.signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Resolves when the source has ended or was stopped, with all that was read acknowledged and its offsets committed. */
  async run(): Promise<void> {
    const { producer, life, abort } = this.#parts;
    const stop = () => abort.abort();
    life.signal.addEventListener('abort', stop);
    if (life.signal.aborted) stop();
    const committing = this.#commitRegularly();
    try {
      await this.#readToEnd().catch(error => this.#fail(error));
      // What stands before a bad record is worth keeping: the restart then begins at it.
      if (!this.#hasFailed || this.#failure instanceof DataError) {
        await producer.flush();
        await this.#acknowledging;
        await this.#commit();
      }
    } finally {
      abort.abort();
      this.#graceTimer?.cancel();
      life.signal.removeEventListener('abort', stop);
      await committing;
    }
    if (this.#hasFailed) throw this.#failure;
  }

  async #readToEnd(): Promise<void> {
    const { abort, gate, log, isFinishing } = this.#parts;
    const { clock } = log.ports;
    const poll = pollOf(this.#parts.task);
    let yieldedAt = clock.monotonic();
    while (!abort.signal.aborted) {
      if (gate.isPaused) await gate.passed(abort.signal);
      const before = clock.monotonic();
      const polled = await this.#poll(poll);
      if (polled === 'ended') return;
      for (const batch of polled) await this.#submit(batch);
      if (polled.length === 0) {
        if (isFinishing()) return;
        if (clock.monotonic() - before < idlePollMs)
          await clock.sleep(idlePauseMs, abort.signal).catch(() => undefined);
      }
      if (clock.monotonic() - yieldedAt > yieldAfterMs) {
        await clock.yield();
        yieldedAt = clock.monotonic();
      }
    }
  }

  /** Asks the task for more. What it says will pass is asked again after a pause. */
  async #poll(poll: (signal: AbortSignal) => Polled | Promise<Polled>): Promise<Polled> {
    const { abort, log, context } = this.#parts;
    try {
      const polled = await Promise.race([poll(abort.signal), this.#graceOver]);
      this.#backoff.reset();
      return polled;
    } catch (error) {
      if (abort.signal.aborted) return [];
      if (!(error instanceof RetriableError)) throw error;
      const delayMs = this.#backoff.nextMs();
      context.logger.warn(`connector ${context.connector}: ${error.message}; trying again in ${delayMs} ms`);
      await log.ports.clock.sleep(delayMs, abort.signal).catch(() => undefined);
      return [];
    }
  }

  async #submit(batch: SourceBatch): Promise<void> {
    const { producer, writer, life, meter } = this.#parts;
    for (const bad of batch.bad ?? []) writer.writeBad(bad);
    await writer.write(batch.records);
    const submitted = this.#submitted.submit(batch);
    const acknowledged = producer.flush().then(
      () => {
        this.#submitted.acknowledge(submitted);
        meter.acknowledged(batch);
        life.progressed();
      },
      error => this.#fail(error),
    );
    this.#acknowledging = acknowledged;
    if (producer.isFull) await producer.drained();
    if (this.#submitted.waitingCount >= waitingBatchesMax) await acknowledged;
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
    this.#parts.abort.abort();
  }

  async #commitRegularly(): Promise<void> {
    const { log, runtime, abort } = this.#parts;
    while (!abort.signal.aborted) {
      await log.ports.clock.sleep(runtime['offset.flush.interval.ms'], abort.signal).catch(() => undefined);
      if (!abort.signal.aborted) await this.#commit().catch(error => this.#fail(error));
    }
  }

  /** One at a time: a later commit must not be overtaken by an earlier one. */
  #commit(): Promise<void> {
    this.#committing = this.#committing.catch(() => undefined).then(() => this.#commitNow());
    return this.#committing;
  }

  async #commitNow(): Promise<void> {
    const { offsets, producer, task, log } = this.#parts;
    const committable = this.#submitted.takeCommittable();
    if (committable.length === 0) return;
    log.ports.failpoint('connect/records-sent');
    await offsets.write(producer, committable);
    log.ports.failpoint('connect/offsets-written');
    await task.committed?.(committable);
  }
}

/** A task's own `poll`, or its iterable asked for one batch at a time. */
function pollOf(task: SourceTask): (signal: AbortSignal) => Polled | Promise<Polled> {
  if (task.poll !== undefined) return signal => task.poll!(signal);
  let iterator: AsyncIterator<SourceBatch> | undefined;
  return async signal => {
    iterator ??= task.batches!(signal)[Symbol.asyncIterator]();
    const next = await iterator.next();
    return next.done === true ? 'ended' : [next.value];
  };
}

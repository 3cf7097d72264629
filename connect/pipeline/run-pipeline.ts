// One run: a source with the steps behind it writes into the pipeline's own log, sinks read from it. Records, bad records, what steps remember and how
// far the source was read become visible in one transaction, and sinks keep their offsets with their data: so each record counts once,
// whatever dies when, as far as the source and the sink can promise it.

import type { Log, Ports, Timer } from '../../core/index.js';
import { DataError, type Logger } from '../api/index.js';
import type { BacklogLimits } from './backlog.js';
import type { FlowCounts } from './batch-flow.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import { leaveBehind, withPipelineLog } from './pipeline-log.js';
import { PipelineParts } from './pipeline-parts.js';
import { type RunEntry, RunHistory } from './run-history.js';
import { StateDirectory } from './state-directory.js';

export interface RunOptions {
  /** Where state is kept. Default: `.millrace/NAME` beside the pipeline's file. */
  readonly state?: StateDirectory | undefined;
  readonly logger?: Logger | undefined;
  /**
   * Ends the run in good order, and soon: what was read is written, as far as the sinks take it within a second. The rest is kept, and the next
   * run goes on with it.
   */
  readonly signal?: AbortSignal | undefined;
  /** Of the schedule: which fire this run is for. */
  readonly fireMs?: number | undefined;
  readonly ports?: Ports | undefined;
  /** Called once when the run begins; what it is given may be asked at any time. */
  onStart?(run: RunningPipeline): void;
}

export interface PipelineProgress extends FlowCounts {
  /** What the sinks have taken, in this run. */
  readonly sunk: number;
  /** Of the source, between 0 and 1; undefined where its end is not known. */
  readonly fraction: number | undefined;
  readonly elapsedMs: number;
}

export interface RunningPipeline {
  readonly name: string;
  progress(): PipelineProgress;
  /** Calls `show` again and again until the run has ended. */
  every(delayMs: number, show: () => void): void;
}

export interface PipelineSummary extends PipelineProgress {
  readonly name: string;
  readonly outcome: 'done' | 'stopped';
}

/** Runs until a bounded source has ended and all is written, or until the signal. Rejects with what the run failed with. */
export async function runPipeline(pipeline: CompiledPipeline, options: RunOptions = {}): Promise<PipelineSummary> {
  const state = options.state ?? StateDirectory.of(pipeline.name, pipeline.file);
  const logged = { name: pipeline.name, state, ports: options.ports };
  return await withPipelineLog(logged, log => runOn(log, pipeline, state, options));
}

interface RunOnOptions extends RunOptions {
  readonly backlogMax?: BacklogLimits | undefined;
}

/** As `runPipeline`, on the log of its state that is open already. */
export function runOn(
  log: Log,
  pipeline: CompiledPipeline,
  state: StateDirectory,
  options: RunOnOptions,
): Promise<PipelineSummary> {
  return new PipelineRun(pipeline, log, state, options).run();
}

class PipelineRun implements RunningPipeline {
  readonly name: string;
  readonly #log: Log;
  readonly #state: StateDirectory;
  readonly #options: RunOptions;
  readonly #history: RunHistory;
  readonly #startedAt: number;
  readonly #entry: RunEntry;
  readonly #parts: PipelineParts;
  readonly #stopped: Stop;
  #shown: Timer | undefined;

  constructor(pipeline: CompiledPipeline, log: Log, state: StateDirectory, options: RunOnOptions) {
    this.name = pipeline.name;
    this.#log = log;
    this.#state = state;
    this.#options = options;
    this.#history = new RunHistory(state);
    this.#startedAt = log.ports.clock.monotonic();
    const stopped = stopOf(options.signal);
    this.#stopped = stopped;
    const { fireMs, backlogMax, logger } = options;
    this.#parts = new PipelineParts({
      pipeline,
      log,
      identity: state.identity(log.ports.random),
      recordBytes: this.#history.recordBytes(),
      backlogMax,
      logger,
      isStopped: () => stopped.isAsked,
    });
    this.#entry = {
      started: this.#now(),
      outcome: 'running',
      ...(fireMs !== undefined && { fire: new Date(fireMs).toISOString() }),
      read: 0,
      written: 0,
      failed: 0,
      pid: process.pid,
    };
  }

  async run(): Promise<PipelineSummary> {
    this.#history.append(this.#entry);
    try {
      await this.#parts.makeTopics();
      const outcome = await this.#startToEnd();
      this.#end(outcome);
      return { ...this.progress(), name: this.name, outcome };
    } catch (thrown) {
      const error = failureOf(thrown as Error, this.name);
      this.#end('failed', error.message);
      throw error;
    } finally {
      this.#shown?.cancel();
      this.#stopped.forget();
      await this.#parts.stopTrim();
      if (!(await this.#within(stopMs, this.#parts.stop()))) leaveBehind(this.#log);
    }
  }

  progress(): PipelineProgress {
    return { ...this.#parts.progress(), elapsedMs: this.#log.ports.clock.monotonic() - this.#startedAt };
  }

  every(delayMs: number, show: () => void): void {
    this.#shown = this.#log.ports.clock.setTimer(delayMs, () => {
      show();
      this.every(delayMs, show);
    });
  }

  async #startToEnd(): Promise<'done' | 'stopped'> {
    const { promise: stopped } = this.#stopped;
    const begun = await Promise.race([this.#parts.start(), stopped]);
    if (begun === 'stopped') return begun;
    this.#options.onStart?.(this);
    const failed = this.#parts.failure();
    const finished = this.#parts.sourceEnd().then(() => this.#parts.finish(failed));
    const outcome = await Promise.race([finished.then(() => 'done' as const), stopped, failed]);
    if (outcome === 'done') await this.#parts.deleteDelivered();
    else await this.#endSoon(failed);
    return outcome;
  }

  /** A server that is away, or slow, is not waited for: what it has not taken stays in the log. */
  async #endSoon(failed: Promise<never>): Promise<void> {
    const ended = this.#parts.stopSource().then(() => this.#parts.finish(failed));
    if (await this.#within(stopMs, ended)) await this.#parts.deleteDelivered();
    else
      this.#options.logger?.warn(
        `${this.name}: a sink was not through in time: what it has not taken is kept in ${this.#state.path}, and the next run goes on with it`,
      );
  }

  /** Whether it came to its end in time; rejects with what it rejects with until then. */
  async #within(delayMs: number, work: Promise<void>): Promise<boolean> {
    const isOver = new AbortController();
    const late = this.#log.ports.clock.sleep(delayMs, isOver.signal).then(
      () => false,
      () => false,
    );
    work.catch(() => undefined);
    try {
      return await Promise.race([work.then(() => true), late]);
    } finally {
      isOver.abort();
    }
  }

  #end(outcome: 'done' | 'stopped' | 'failed', error?: string): void {
    const { offsets, writtenBytes } = this.#parts;
    if (offsets.length > 0) this.#state.tellOffsets(offsets);
    const { read, written, failed } = this.progress();
    this.#history.append({
      ...this.#entry,
      read,
      written,
      failed,
      writtenBytes,
      outcome,
      ended: this.#now(),
      ...(error !== undefined && { error }),
    });
  }

  #now(): string {
    return new Date(this.#log.ports.clock.now()).toISOString();
  }
}

/** After an interrupt, for the sinks; and once more for all to end. */
const stopMs = 1_000;

/** What a connector says of its own options, in the words of a pipeline. */
function failureOf(error: Error, name: string): Error {
  if (!(error instanceof DataError) || !error.message.includes('errors.tolerance')) return error;
  const [what = ''] = error.message.split('\n');
  const said = what.replace(/^connector \S+: /, '');
  const advice =
    'mend the pipeline or the record, or say "errors: skip" to leave such records out, or "errors: { file: { directory: ... } }" to keep them';
  const isOfSink = / offset \d+: /.test(said);
  return new DataError(`${name}: ${isOfSink ? 'the sink cannot take ' : ''}${said}\n  ${advice}`, { cause: error });
}

interface Stop {
  readonly promise: Promise<'stopped'>;
  readonly isAsked: boolean;
  forget(): void;
}

function stopOf(signal: AbortSignal | undefined): Stop {
  let listener = (): void => {};
  const promise = new Promise<'stopped'>(resolve => {
    listener = () => resolve('stopped');
    if (signal?.aborted === true) listener();
    signal?.addEventListener('abort', listener, { once: true });
  });
  return {
    promise,
    get isAsked() {
      return signal?.aborted === true;
    },
    forget: () => signal?.removeEventListener('abort', listener),
  };
}

// One run: a source with the steps behind it writes into the pipeline's own log, sinks read from it. Records, bad records, what steps remember and how
// far the source was read become visible in one transaction, and sinks keep their offsets with their data: so each record counts once,
// whatever dies when, as far as the source and the sink can promise it.

import type { Log, Ports, Timer } from '../../core/index.js';
import { DataError, type Logger, type SourceOffset, type SourcePartition } from '../api/index.js';
import type { ConnectorHandle } from '../runtime/connector-handle.js';
import { consoleLogger } from '../runtime/console-logger.js';
import { type ConnectorOptions, startConnector } from '../runtime/start-connector.js';
import { type Ahead, Backlog } from './backlog.js';
import type { FlowCounts } from './batch-flow.js';
import type { CompiledPipeline, PipelineSink } from './compiled-pipeline.js';
import { DeliveredTrim } from './delivered-trim.js';
import { pipedSink } from './piped-sink.js';
import { pipedSource } from './piped-source.js';
import { pipelineConverter, pipelineConverterName } from './pipeline-converter.js';
import { leaveBehind, withPipelineLog } from './pipeline-log.js';
import { PipelineTopics } from './pipeline-topics.js';
import { PlaceWords } from './place-words.js';
import { rememberedState } from './remembered-state.js';
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

/** As `runPipeline`, on the log of its state that is open already. */
export function runOn(
  log: Log,
  pipeline: CompiledPipeline,
  state: StateDirectory,
  options: RunOptions,
): Promise<PipelineSummary> {
  return new PipelineRun(pipeline, log, state, options).run();
}

class PipelineRun implements RunningPipeline {
  readonly name: string;
  readonly #pipeline: CompiledPipeline;
  readonly #log: Log;
  readonly #state: StateDirectory;
  readonly #options: RunOptions;
  readonly #topics: PipelineTopics;
  readonly #counts: FlowCounts = { read: 0, written: 0, failed: 0 };
  readonly #history: RunHistory;
  readonly #identity: string;
  readonly #startedAt: number;
  readonly #entry: RunEntry;
  readonly #backlog: Backlog;
  readonly #sinks: ConnectorHandle[] = [];
  readonly #offsets = new Map<string, unknown>();
  readonly #words = new PlaceWords();
  readonly #stopped: Stop;
  readonly #converter = pipelineConverter(lengthBytes => void (this.#writtenBytes += lengthBytes));
  #writtenBytes = 0;
  #errors: ConnectorHandle | undefined;
  #source: ConnectorHandle | undefined;
  #shown: Timer | undefined;
  #trim: DeliveredTrim | undefined;

  constructor(pipeline: CompiledPipeline, log: Log, state: StateDirectory, options: RunOptions) {
    this.name = pipeline.name;
    this.#pipeline = pipeline;
    this.#log = log;
    this.#state = state;
    this.#options = options;
    this.#topics = new PipelineTopics(pipeline.name);
    const outputs = [...pipeline.sinks.keys()].map(output => this.#topics.ofOutput(output));
    this.#backlog = new Backlog(log, outputs, () => this.#ahead());
    this.#history = new RunHistory(state);
    this.#identity = state.identity(log.ports.random);
    this.#startedAt = log.ports.clock.monotonic();
    this.#stopped = stopOf(options.signal);
    const { fireMs } = options;
    this.#entry = {
      started: this.#now(),
      outcome: 'running',
      ...(fireMs !== undefined && { fire: new Date(fireMs).toISOString() }),
      ...this.#counts,
      pid: process.pid,
    };
  }

  async run(): Promise<PipelineSummary> {
    this.#history.append(this.#entry);
    try {
      await this.#topics.make(this.#log, this.#pipeline.sinks.keys());
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
      await this.#trim?.stop();
      if (!(await this.#within(stopMs, this.#stopAll()))) leaveBehind(this.#log);
    }
  }

  progress(): PipelineProgress {
    const sunk = this.#sinks.reduce((sum, sink) => sum + sink.progress().records, 0);
    const inSinks = this.#handles().reduce((sum, handle) => sum + handle.progress().deadLetters, 0);
    const elapsedMs = this.#log.ports.clock.monotonic() - this.#startedAt;
    const { read, written, failed } = this.#counts;
    return { read, written, failed: failed + inSinks, sunk, fraction: this.#source?.progress().fraction, elapsedMs };
  }

  every(delayMs: number, show: () => void): void {
    this.#shown = this.#log.ports.clock.setTimer(delayMs, () => {
      show();
      this.every(delayMs, show);
    });
  }

  /** The sinks first, so that nothing is read where nothing can be written. */
  async #start(): Promise<void> {
    const { sinks, errors, source, steps } = this.#pipeline;
    for (const [output, sink] of sinks)
      this.#sinks.push(await this.#startSink(this.#topics.ofOutput(output), sink, errors.kind));
    if (errors.kind === 'sink') this.#errors = await this.#startSink(this.#topics.errors, errors.sink, 'errors');
    this.#beginTrim();
    this.#source = await this.#startPart('source', source.place, {
      connector: pipedSource({
        pipeline: this.name,
        source,
        steps,
        topics: this.#topics,
        errors: errors.kind === 'sink' ? 'keep' : errors.kind,
        counts: this.#counts,
        committed: offsets => this.#read(offsets),
        room: signal => this.#backlog.room(signal),
        remembered: step => rememberedState(this.#log, this.#topics.state, step),
      }),
      config: {
        ...defaults,
        ...source.config,
        ...converters,
        topic: this.#topics.ofOutput(''),
        ...this.#tolerance(errors.kind),
        'exactly.once.source.support': 'enabled',
        'transaction.boundary': 'interval',
        'transaction.boundary.interval.ms': 100,
        'group.id': this.name,
      },
    });
  }

  #read(offsets: readonly { readonly partition: SourcePartition; readonly offset: SourceOffset }[]): void {
    for (const each of offsets) this.#offsets.set(JSON.stringify(each.partition), each);
  }

  #startSink(topic: string, sink: PipelineSink, errors: 'stop' | 'skip' | 'sink' | 'errors'): Promise<ConnectorHandle> {
    return this.#startPart(topic, sink.place, {
      connector: pipedSink(sink.connector, {
        isErrors: errors === 'errors',
        delivered: nextOffset => this.#backlog.delivered(topic, nextOffset),
      }),
      config: {
        ...defaults,
        ...sink.config,
        ...converters,
        topics: topic,
        'consumer.override.isolation.level': 'read_committed',
        ...this.#tolerance(errors),
      },
    });
  }

  /** Of what no step has seen: a sink refuses it, or it does not fit into the log. */
  #tolerance(errors: 'stop' | 'skip' | 'sink' | 'errors'): Readonly<Record<string, string>> {
    if (errors === 'skip') return { 'errors.tolerance': 'all' };
    return errors === 'sink' ? { 'errors.deadletterqueue.topic.name': this.#topics.errors } : {};
  }

  async #startPart(
    part: string,
    place: string,
    connector: Pick<ConnectorOptions, 'connector' | 'config'>,
  ): Promise<ConnectorHandle> {
    const name = this.#connectorName(part);
    this.#words.set(name, place);
    const logger = this.#words.logger(this.#options.logger ?? consoleLogger);
    try {
      const handle = await startConnector(this.#log, { name, ...connector, logger, plugins: [this.#converter] });
      // Nobody waits for it any more.
      if (this.#stopped.isAsked) await handle.stop();
      return handle;
    } catch (error) {
      throw this.#words.placed(error as Error, name);
    }
  }

  /** Names of offsets: those of a state that is gone are not found again. */
  #connectorName(part: string): string {
    return `${this.name}-${this.#identity}-${part}`;
  }

  async #startToEnd(): Promise<'done' | 'stopped'> {
    const { promise: stopped } = this.#stopped;
    const begun = await Promise.race([this.#start(), stopped]);
    if (begun === 'stopped') return begun;
    this.#options.onStart?.(this);
    const failed = Promise.race(this.#handles().map(handle => this.#onlyFailure(handle)));
    const done = this.#source!.done.then(() => 'done' as const);
    const finished = done.then(() => this.#finish(failed));
    const outcome = await Promise.race([finished.then(() => 'done' as const), stopped, failed]);
    if (outcome === 'done') await this.#deleteDelivered();
    else await this.#endSoon(failed);
    return outcome;
  }

  /** What is in the log goes out. */
  async #finish(failed: Promise<never>): Promise<void> {
    await Promise.race([Promise.all(this.#sinks.map(sink => sink.finish())), failed]);
    await Promise.race([this.#errors?.finish(), failed]);
  }

  /** A server that is away, or slow, is not waited for: what it has not taken stays in the log. */
  async #endSoon(failed: Promise<never>): Promise<void> {
    const ended = this.#source!.stop().then(() => this.#finish(failed));
    if (await this.#within(stopMs, ended)) await this.#deleteDelivered();
    else
      this.#options.logger?.warn(
        `${this.name}: a sink was not through in time: what it has not taken is kept in ${this.#state.path}, and the next run goes on with it`,
      );
  }

  async #stopAll(): Promise<void> {
    await Promise.all(this.#handles().map(handle => handle.stop()));
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

  #beginTrim(): void {
    const names = [...this.#pipeline.sinks.keys()].map(output => this.#topics.ofOutput(output));
    const topics = this.#errors === undefined ? names : [...names, this.#topics.errors];
    const outputs = topics.map(topic => ({ topic, group: `connect-${this.#connectorName(topic)}` }));
    const { logger } = this.#options;
    this.#trim = new DeliveredTrim(this.#log, outputs, error =>
      logger?.warn(`${this.name}: what was delivered could not be deleted: ${error.message}`),
    );
    this.#trim.start();
  }

  #ahead(): Ahead {
    const sunk = this.#sinks.reduce((sum, sink) => sum + sink.progress().records, 0);
    const { written } = this.#counts;
    // Not by what the sinks have read: one that is away from the start has read nothing.
    return { records: written - sunk, recordBytes: written === 0 ? 0 : this.#writtenBytes / written };
  }

  /** What all sinks have taken need not be kept. */
  async #deleteDelivered(): Promise<void> {
    await using admin = this.#log.admin();
    const topics = [...this.#pipeline.sinks.keys()].map(output => this.#topics.ofOutput(output));
    const places = [...topics, this.#topics.errors].map(topic => ({ topic, partition: 0 }));
    const ends = await admin.listOffsets(places, 'end');
    await admin.deleteRecords(ends.filter(end => end !== undefined));
  }

  #end(outcome: 'done' | 'stopped' | 'failed', error?: string): void {
    if (this.#offsets.size > 0) this.#state.tellOffsets([...this.#offsets.values()]);
    const { read, written, failed } = this.progress();
    const counts = { read, written, failed };
    this.#history.append({
      ...this.#entry,
      ...counts,
      outcome,
      ended: this.#now(),
      ...(error !== undefined && { error }),
    });
  }

  /** Rejects when the connector fails; its end is no news. */
  #onlyFailure(handle: ConnectorHandle): Promise<never> {
    return new Promise((_, reject) => {
      void handle.done.catch(error => void reject(this.#words.placed(error as Error, handle.name)));
    });
  }

  #handles(): readonly ConnectorHandle[] {
    return [...this.#sinks, this.#errors, this.#source].filter(handle => handle !== undefined);
  }

  #now(): string {
    return new Date(this.#log.ports.clock.now()).toISOString();
  }
}

/** After an interrupt, for the sinks; and once more for all to end. */
const stopMs = 1_000;

/** Somebody waits for the run: what does not pass by itself is told soon. */
const defaults = { 'restart.attempts.max': 3 };

/** Values keep their schemas on the way through the log. */
const converters = { 'key.converter': pipelineConverterName, 'value.converter': pipelineConverterName };

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

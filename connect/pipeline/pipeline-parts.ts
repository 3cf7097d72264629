// What a run consists of: a sink for each output, a source with the steps behind it, each as a connector, and the log between them. It starts them, counts
// what goes through, holds the source back and lets go of what was delivered. When a run ends, and why, is decided in `run-pipeline.ts`.

import type { Log } from '../../core/index.js';
import type { Logger, SourceOffset, SourcePartition } from '../api/index.js';
import type { ConnectorHandle } from '../runtime/connector-handle.js';
import { consoleLogger } from '../runtime/console-logger.js';
import { type ConnectorOptions, startConnector } from '../runtime/start-connector.js';
import { type Ahead, Backlog, type BacklogLimits } from './backlog.js';
import type { FlowCounts } from './batch-flow.js';
import type { CompiledPipeline, PipelineSink } from './compiled-pipeline.js';
import { DeliveredTrim } from './delivered-trim.js';
import { pipedSink } from './piped-sink.js';
import { pipedSource } from './piped-source.js';
import { pipelineConverter, pipelineConverterName } from './pipeline-converter.js';
import { PipelineTopics } from './pipeline-topics.js';
import { PlaceWords } from './place-words.js';
import { rememberedState } from './remembered-state.js';

export interface PartsOptions {
  readonly pipeline: CompiledPipeline;
  readonly log: Log;
  /** Of the state: names of offsets. Those of a state that is gone are not found again. */
  readonly identity: string;
  /** Of a record, on the average, in the runs before. */
  readonly recordBytes: number;
  readonly backlogMax?: BacklogLimits | undefined;
  readonly logger: Logger | undefined;
  /** Whether nobody waits for the run any more. */
  isStopped(): boolean;
}

/** What bad records do to a connector; that of the bad records themselves is `errors`. */
type Tolerance = 'stop' | 'skip' | 'sink' | 'errors';

export class PipelineParts {
  readonly #options: PartsOptions;
  readonly #topics: PipelineTopics;
  readonly #outputs: readonly string[];
  readonly #counts: FlowCounts = { read: 0, written: 0, failed: 0 };
  readonly #backlog: Backlog;
  readonly #sinks: ConnectorHandle[] = [];
  readonly #offsets = new Map<string, unknown>();
  readonly #words = new PlaceWords();
  readonly #converter = pipelineConverter(lengthBytes => void (this.#writtenBytes += lengthBytes));
  #writtenBytes = 0;
  #errors: ConnectorHandle | undefined;
  #source: ConnectorHandle | undefined;
  #trim: DeliveredTrim | undefined;

  constructor(options: PartsOptions) {
    const { pipeline, log, backlogMax } = options;
    this.#options = options;
    this.#topics = new PipelineTopics(pipeline.name);
    this.#outputs = [...pipeline.sinks.keys()].map(output => this.#topics.ofOutput(output));
    this.#backlog = new Backlog(log, this.#outputs, () => this.#ahead(), backlogMax);
  }

  async makeTopics(): Promise<void> {
    const { log, pipeline } = this.#options;
    await this.#topics.make(log, pipeline.sinks.keys());
  }

  /** The sinks first, so that nothing is read where nothing can be written. */
  async start(): Promise<void> {
    const { sinks, errors } = this.#options.pipeline;
    for (const [output, sink] of sinks)
      this.#sinks.push(await this.#startSink(this.#topics.ofOutput(output), sink, errors.kind));
    if (errors.kind === 'sink') this.#errors = await this.#startSink(this.#topics.errors, errors.sink, 'errors');
    this.#beginTrim();
    this.#source = await this.#startSource();
  }

  /** Resolves when a bounded source has ended. */
  async sourceEnd(): Promise<void> {
    await this.#source!.done;
  }

  /** Rejects when a connector fails; that one ends is no news. */
  failure(): Promise<never> {
    return Promise.race(this.#handles().map(handle => this.#onlyFailure(handle)));
  }

  /** In this run: what went through, what the sinks have taken, and how far the source is between 0 and 1, if its end is known. */
  progress(): FlowCounts & { readonly sunk: number; readonly fraction: number | undefined } {
    const inSinks = this.#handles().reduce((sum, handle) => sum + handle.progress().deadLetters, 0);
    const { read, written, failed } = this.#counts;
    return {
      read,
      written,
      failed: failed + inSinks,
      sunk: this.#sunk(),
      fraction: this.#source?.progress().fraction,
    };
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** How far the source was read in this run. */
  get offsets(): readonly unknown[] {
    return [...this.#offsets.values()];
  }

  stopSource(): Promise<void> {
    return this.#source!.stop();
  }

  /** What is in the log goes out, unless something fails. */
  async finish(failed: Promise<never>): Promise<void> {
    await Promise.race([Promise.all(this.#sinks.map(sink => sink.finish())), failed]);
    await Promise.race([this.#errors?.finish(), failed]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#handles().map(handle => handle.stop()));
  }

  async stopTrim(): Promise<void> {
    await this.#trim?.stop();
  }

  /** What all sinks have taken need not be kept. */
  async deleteDelivered(): Promise<void> {
    await using admin = this.#options.log.admin();
    const places = [...this.#outputs, this.#topics.errors].map(topic => ({ topic, partition: 0 }));
    const ends = await admin.listOffsets(places, 'end');
    await admin.deleteRecords(ends.filter(end => end !== undefined));
  }

  #startSource(): Promise<ConnectorHandle> {
    const { log, pipeline } = this.#options;
    const { errors, source, steps, name } = pipeline;
    return this.#startPart('source', source.place, {
      connector: pipedSource({
        pipeline: name,
        source,
        steps,
        topics: this.#topics,
        errors: errors.kind === 'sink' ? 'keep' : errors.kind,
        counts: this.#counts,
        committed: offsets => this.#read(offsets),
        room: (signal, isSettled) => this.#backlog.room(signal, isSettled),
        remembered: step => rememberedState(log, this.#topics.state, step),
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
        'group.id': name,
      },
    });
  }

  #read(offsets: readonly { readonly partition: SourcePartition; readonly offset: SourceOffset }[]): void {
    for (const each of offsets) this.#offsets.set(JSON.stringify(each.partition), each);
  }

  #startSink(topic: string, sink: PipelineSink, errors: Tolerance): Promise<ConnectorHandle> {
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
  #tolerance(errors: Tolerance): Readonly<Record<string, string>> {
    if (errors === 'skip') return { 'errors.tolerance': 'all' };
    return errors === 'sink' ? { 'errors.deadletterqueue.topic.name': this.#topics.errors } : {};
  }

  async #startPart(
    part: string,
    place: string,
    connector: Pick<ConnectorOptions, 'connector' | 'config'>,
  ): Promise<ConnectorHandle> {
    const { log, logger: given, isStopped } = this.#options;
    const name = this.#connectorName(part);
    this.#words.set(name, place);
    const logger = this.#words.logger(given ?? consoleLogger);
    try {
      const handle = await startConnector(log, { name, ...connector, logger, plugins: [this.#converter] });
      if (isStopped()) await handle.stop();
      return handle;
    } catch (error) {
      throw this.#words.placed(error as Error, name);
    }
  }

  #connectorName(part: string): string {
    const { pipeline, identity } = this.#options;
    return `${pipeline.name}-${identity}-${part}`;
  }

  #beginTrim(): void {
    const { log, logger, pipeline } = this.#options;
    const topics = this.#errors === undefined ? this.#outputs : [...this.#outputs, this.#topics.errors];
    const outputs = topics.map(topic => ({ topic, group: `connect-${this.#connectorName(topic)}` }));
    this.#trim = new DeliveredTrim(log, outputs, error =>
      logger?.warn(`${pipeline.name}: what was delivered could not be deleted: ${error.message}`),
    );
    this.#trim.start();
  }

  /** Not by what the sinks have read: one that is away from the start has read nothing. */
  #ahead(): Ahead {
    const { written } = this.#counts;
    const recordBytes = written === 0 ? this.#options.recordBytes : this.#writtenBytes / written;
    return { records: written - this.#sunk(), recordBytes };
  }

  #sunk(): number {
    return this.#sinks.reduce((sum, sink) => sum + sink.progress().records, 0);
  }

  #onlyFailure(handle: ConnectorHandle): Promise<never> {
    return new Promise((_, reject) => {
      void handle.done.catch(error => void reject(this.#words.placed(error as Error, handle.name)));
    });
  }

  #handles(): readonly ConnectorHandle[] {
    return [...this.#sinks, this.#errors, this.#source].filter(handle => handle !== undefined);
  }
}

/** Somebody waits for the run: what does not pass by itself is told soon. */
const defaults = { 'restart.attempts.max': 3 };

/** Values keep their schemas on the way through the log. */
const converters = { 'key.converter': pipelineConverterName, 'value.converter': pipelineConverterName };

// One life of a sink task: poll, convert, transform, put; every commit interval, before partitions are given up and at the end, the offsets that the task
// calls durable are committed to the group `connect-<name>`. A task with offsets of its own (exactly once) is read from those; the group's then only show
// how far it is.

import type { Consumer, FetchedBatches, Log, Producer } from '../../../core/index.js';
import type { SinkContext } from '../../api/context.js';
import { ConfigError, RetriableError } from '../../api/errors.js';
import type { SinkBatch, TopicOffset, TopicPartition } from '../../api/record.js';
import type { SinkTask } from '../../api/sink.js';
import type { SinkRuntimeOptions } from '../runtime-options.js';
import { Backoff } from '../task/backoff.js';
import { type DeadLetters, isTolerant } from '../task/dead-letters.js';
import type { PauseGate } from '../task/pause-gate.js';
import type { ProgressMeter } from '../task/progress-meter.js';
import type { TaskLife } from '../task/task-supervisor.js';
import { BatchPutter } from './batch-putter.js';
import type { CommitRequest } from './commit-request.js';
import type { PartitionLag } from './partition-lag.js';
import { SinkPositions } from './sink-positions.js';
import type { SinkReader } from './sink-reader.js';
import type { SinkTopics } from './sink-topics.js';
import type { SinkTransforms } from './sink-transforms.js';

/** A sink is woken by records, and when it is paused, resumed, told to commit or to finish: else it has nothing to look for. */
const idleWaitMs = 300_000;
const finishingWaitMs = 50;
const yieldAfterMs = 8;

export interface SinkRunParts {
  readonly log: Log;
  readonly runtime: SinkRuntimeOptions;
  readonly life: TaskLife;
  readonly task: SinkTask;
  readonly context: SinkContext;
  readonly consumer: Consumer<Uint8Array, Uint8Array>;
  readonly producer: Producer;
  readonly reader: SinkReader;
  readonly transforms: SinkTransforms;
  readonly topics: SinkTopics;
  readonly deadLetters: DeadLetters;
  readonly commitRequest: CommitRequest;
  readonly meter: ProgressMeter;
  readonly gate: PauseGate;
  /** How far all tasks of the connector have come. */
  readonly reached: SinkPositions;
  /** Of one `put`; undefined: what one fetch of the consumer has brought. */
  readonly recordsMax: number | undefined;
  usesTopic(topic: string): void;
  /** Where `finish` ends; undefined while nobody has asked for it. */
  targets(): readonly TopicOffset[] | undefined;
}

export class SinkRun {
  readonly #parts: SinkRunParts;
  readonly #backoff: Backoff;
  /** What was put and not yet committed: the next offset. */
  #delivered = new SinkPositions();
  /** The next offset behind what the task was given: filtered and bad records behind it are nothing that it could make durable. */
  readonly #given = new SinkPositions();
  /** Where the task's partitions were begun. */
  readonly #begun = new SinkPositions();
  /** Counts assignments: batches of an earlier one must not be put any more. */
  #generation = 0;
  #committedAt = 0;
  /** Whether the consumer was told to pause. */
  #isPaused = false;
  /** The task is in `put` or `preCommit`. */
  #isAsking = false;
  /** This life is at its end. */
  #isOver = false;
  /** What was fetched last is not all put. */
  #isPutting = false;
  /** All that was read is committed. */
  #isSettled = false;
  #waking = new AbortController();
  #lookedAt = 0;

  constructor(parts: SinkRunParts) {
    this.#parts = parts;
    this.#backoff = new Backoff({
      firstMs: 300,
      maxMs: parts.runtime['errors.retry.delay.max.ms'],
      random: parts.log.ports.random.fork('connect-put'),
    });
  }

  /** Resolves when the task was stopped, or has come to the targets, with all that was put durable and committed. */
  async run(): Promise<void> {
    const { signal } = this.#parts.life;
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
    // The signal outlives this run: a task that is restarted again and again must not leave a listener each time.
    await this.#turnToEnd().finally(() => signal.removeEventListener('abort', wake));
  }

  async #turnToEnd(): Promise<void> {
    const { life, log } = this.#parts;
    const { clock } = log.ports;
    await this.#topicsThere();
    this.#committedAt = clock.monotonic();
    let yieldedAt = clock.monotonic();
    try {
      while (!life.signal.aborted && !this.#isFinished()) {
        await this.#turn();
        if (clock.monotonic() - yieldedAt > yieldAfterMs) {
          await clock.yield();
          yieldedAt = clock.monotonic();
        }
      }
    } catch (error) {
      // What was put before is committed, as Kafka Connect does; what hinders that must not hide why the task ends.
      await this.#finalRevoke().catch(() => undefined);
      throw error;
    }
    await this.#finalRevoke();
  }

  /** While the task is still there: who closes the consumer afterwards has nothing to tell it any more. */
  #finalRevoke(): Promise<void> {
    this.#isOver = true;
    return this.#revoked(this.#parts.consumer.assignment());
  }

  /** A task is asked one thing at a time: a consumer that is closed under it (the log is, and it was left behind) hands nothing over. */
  #unlessBusy<T>(handle: (partitions: readonly TopicPartition[]) => Promise<T>) {
    return async (partitions: readonly TopicPartition[]): Promise<void> => {
      if (!this.#isOver && !this.#isAsking) await handle(partitions);
    };
  }

  async #asking<T>(ask: () => T | Promise<T>): Promise<T> {
    this.#isAsking = true;
    try {
      return await ask();
    } finally {
      this.#isAsking = false;
    }
  }

  /** Resolves when there is a topic to read, or nothing is to be read any more. */
  async #topicsThere(): Promise<void> {
    const { topics, life, log } = this.#parts;
    for (;;) {
      await topics.look();
      if (topics.current.length > 0) return this.#subscribe();
      if (life.signal.aborted || this.#isFinished()) return;
      await log.ports.clock.sleep(topics.lookAgainMs ?? 0, life.signal).catch(() => undefined);
    }
  }

  #subscribe(): void {
    const { consumer, topics, log } = this.#parts;
    this.#lookedAt = log.ports.clock.monotonic();
    consumer.subscribe(topics.current, {
      onAssigned: this.#unlessBusy(partitions => this.#assigned(partitions)),
      onRevoked: this.#unlessBusy(partitions => this.#revoked(partitions)),
      onLost: this.#unlessBusy(partitions => this.#lost(partitions)),
    });
  }

  async #lookForTopics(): Promise<void> {
    const { topics, log } = this.#parts;
    const { lookAgainMs } = topics;
    if (lookAgainMs === undefined || log.ports.clock.monotonic() - this.#lookedAt < lookAgainMs) return;
    this.#lookedAt = log.ports.clock.monotonic();
    if ((await topics.look()) && topics.current.length > 0) this.#subscribe();
  }

  /** Something has changed that a long poll would not see. */
  wake(): void {
    this.#waking.abort(new Error('woken'));
  }

  /** In each partition that it has: markers behind what was put are nothing to take. */
  async lag(): Promise<readonly PartitionLag[]> {
    const { consumer, reached, context } = this.#parts;
    const held = consumer.assignment();
    const ends = held.length === 0 ? [] : await consumer.endOffsets(held);
    const rows = ends.map(async ({ topic, partition, offset: end }) => {
      const read = await consumer.position({ topic, partition });
      const position = this.#isPutting ? (reached.get({ topic, partition }) ?? read) : read;
      return { topic, partition, task: context.task, position, end };
    });
    return await Promise.all(rows);
  }

  #covers(durable: readonly TopicOffset[]): boolean {
    const committed = new SinkPositions();
    for (const position of durable) committed.set(position);
    return committed.hasReached(this.#delivered.all());
  }

  #isFinished(): boolean {
    const targets = this.#parts.targets();
    return targets !== undefined && this.#parts.reached.hasReached(targets);
  }

  async #turn(): Promise<void> {
    const { consumer, runtime, log, gate, commitRequest } = this.#parts;
    const dueInMs = this.#committedAt + runtime['offset.flush.interval.ms'] - log.ports.clock.monotonic();
    if (((dueInMs <= 0 && !this.#isSettled) || commitRequest.take()) && !(await this.#hasCommitted())) return;
    await this.#lookForTopics();
    if (gate.isPaused !== this.#isPaused) {
      this.#isPaused = gate.isPaused;
      // Not each time: a fetch that is under way would be given up.
      if (this.#isPaused) consumer.pause(consumer.assignment());
      else consumer.resume(consumer.assignment());
    }
    const isFinishing = this.#parts.targets() !== undefined;
    const idleMs = this.#parts.topics.lookAgainMs ?? idleWaitMs;
    const waitMs = this.#isSettled ? idleMs : Math.max(1, Math.min(idleMs, dueInMs));
    const fetched = await this.#poll(isFinishing ? finishingWaitMs : waitMs);
    if (fetched.length === 0) {
      if (isFinishing) await this.#passed();
      return this.#parts.life.idle();
    }
    this.#isPutting = true;
    const generation = this.#generation;
    const batches = await this.#read(fetched);
    await this.#flushDeadLetters();
    if (generation === this.#generation) await this.#put(batches, generation);
    if (generation !== this.#generation) return;
    for (const { topic, partition, nextOffset } of fetched) this.#progressed({ topic, partition, offset: nextOffset });
    this.#isPutting = false;
    this.#parts.life.progressed();
  }

  /** Converted and transformed. A transform that takes its time lets other tasks of the process go on. */
  async #read(fetched: readonly FetchedBatches[]): Promise<readonly SinkBatch[]> {
    const { reader, transforms } = this.#parts;
    const batches: SinkBatch[] = [];
    for (const each of fetched) {
      this.#parts.usesTopic(each.topic);
      batches.push(await transforms.run(await reader.read(each)));
    }
    return batches;
  }

  /** Markers and what was aborted are passed without a word: at a topic's end they may be all that is left. All that was handed out has been put. */
  async #passed(): Promise<void> {
    const { consumer, reached } = this.#parts;
    for (const partition of consumer.assignment()) {
      reached.set({ ...partition, offset: await consumer.position(partition) });
    }
  }

  #progressed(position: TopicOffset): void {
    this.#isSettled = false;
    this.#delivered.set(position);
    this.#parts.reached.set(position);
  }

  async #poll(waitMs: number) {
    const { consumer, life } = this.#parts;
    try {
      return await consumer.pollBatches({ waitMs, signal: this.#waking.signal });
    } catch (error) {
      if (this.#waking.signal.aborted) {
        if (!life.signal.aborted) this.#waking = new AbortController();
        return [];
      }
      throw error;
    }
  }

  /** The group is kept alive while the task takes its time. */
  async #put(batches: readonly SinkBatch[], generation: number): Promise<void> {
    const { meter, reader, task } = this.#parts;
    const filled = batches.filter(batch => batch.records.length > 0);
    if (filled.length === 0) return;
    const putter = new BatchPutter({
      ...this.#parts,
      task: { put: given => this.#asking(() => task.put(given)) },
      backoff: this.#backoff,
      isTolerant: isTolerant(this.#parts.runtime),
      pause: delayMs => this.#pause(delayMs, generation),
    });
    if (!(await putter.put(filled))) return this.#abandon();
    for (const { topic, partition, records } of filled) {
      meter.records += records.length;
      this.#given.set({ topic, partition, offset: records.at(-1)!.offset + 1 });
    }
    meter.bytes += reader.bytes;
    reader.bytes = 0;
  }

  /** False when the partitions went elsewhere, or the task was stopped. */
  async #pause(delayMs: number, generation: number): Promise<boolean> {
    const { consumer, life } = this.#parts;
    this.#isPaused = true;
    consumer.pause(consumer.assignment());
    // Paused, it finds nothing; but a rebalance may hand over partitions that are not: their records are read again.
    for (const { topic, partition, fromOffset } of await this.#poll(delayMs)) {
      consumer.seek({ topic, partition }, fromOffset);
    }
    return !life.signal.aborted && generation === this.#generation;
  }

  /** Stopped, or the partitions went elsewhere, between two tries: what was not put is read again by who has them next. */
  #abandon(): void {
    this.#generation++;
  }

  async #flushDeadLetters(): Promise<void> {
    if (!this.#parts.deadLetters.hasUnflushed) return;
    this.#parts.deadLetters.hasUnflushed = false;
    await this.#parts.producer.flush();
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.#generation++;
    if (partitions.length === 0) return;
    // What is new is not paused yet.
    this.#isPaused = false;
    const { consumer, task } = this.#parts;
    const committed = (await consumer.committed(partitions)).filter(each => each !== undefined);
    const owned = (await task.open?.(partitions, committed)) ?? [];
    await this.#requireSameTopics(owned);
    for (const position of owned) consumer.seek(position, position.offset);
    for (const partition of partitions) {
      const position = { ...partition, offset: await consumer.position(partition) };
      this.#parts.reached.set(position);
      this.#begun.set(position);
    }
  }

  /** A sink that has more than there is has it from another topic of that name: to read on would leave records out without a word. */
  async #requireSameTopics(owned: readonly TopicOffset[]): Promise<void> {
    const ends = owned.length === 0 ? [] : await this.#parts.consumer.endOffsets(owned);
    for (const [at, { topic, partition, offset }] of owned.entries()) {
      const end = ends[at]?.offset ?? offset;
      if (offset <= end) continue;
      throw new ConfigError(
        `the sink holds ${topic}-${partition} up to offset ${offset}, but the topic ends at ${end}: it is not the topic that was written before. Move away what the sink holds of it, or write elsewhere`,
      );
    }
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#generation++;
    if (partitions.length === 0) return;
    await this.#commit('closing');
    await this.#lost(partitions);
  }

  async #lost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#generation++;
    for (const partition of partitions) {
      this.#delivered.delete(partition);
      this.#given.delete(partition);
      this.#begun.delete(partition);
    }
    await this.#parts.task.close?.(partitions);
  }

  /** False when the task cannot make durable now what it has taken: it is asked again after a pause, and its status says so meanwhile. */
  async #hasCommitted(): Promise<boolean> {
    const { life, context, commitRequest } = this.#parts;
    try {
      await this.#commit('interval');
      return true;
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      const delayMs = this.#backoff.nextMs();
      life.failing(`put fails: ${error.message}`);
      context.logger.warn(`connector ${context.connector}: ${error.message}; trying again in ${delayMs} ms`);
      commitRequest.make();
      await this.#pause(delayMs, this.#generation);
      return false;
    }
  }

  async #commit(why: 'interval' | 'closing'): Promise<void> {
    const { task, consumer, log } = this.#parts;
    this.#committedAt = log.ports.clock.monotonic();
    const { preCommit } = task;
    const durable =
      preCommit === undefined
        ? this.#delivered.all()
        : this.#withLeftOut(await this.#asking(() => preCommit.call(task, why)));
    await this.#flushDeadLetters();
    if (durable.length > 0) await consumer.commit(durable);
    this.#isSettled = task.preCommit === undefined || this.#covers(durable);
    if (task.preCommit === undefined) this.#delivered = new SinkPositions();
  }

  /** Of the task's own partitions: one whose records are all durable is committed up to where it was read, over what was filtered out or bad at its end. */
  #withLeftOut(durable: readonly TopicOffset[]): readonly TopicOffset[] {
    const committed = new SinkPositions();
    for (const position of durable) if (this.#begun.get(position) !== undefined) committed.set(position);
    for (const read of this.#delivered.all()) {
      const given = this.#given.get(read);
      const isDurable = given === undefined || (committed.get(read) ?? -1) >= given;
      if (isDurable && (committed.get(read) ?? -1) < read.offset) committed.set(read);
    }
    return committed.all();
  }
}

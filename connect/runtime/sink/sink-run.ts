// One life of a sink task: poll, convert, transform, put; every commit interval, before partitions are given up and at the end, the offsets that the task
// calls durable are committed to the group `connect-<name>` (`sink-commits.ts`). A task with offsets of its own (exactly once) is read from those
// (`sink-assignment.ts`); the group's then only show how far it is.

import type { Consumer, FetchedBatches, Log, Producer } from '../../../core/index.js';
import type { SinkContext } from '../../api/context.js';
import { RetriableError } from '../../api/errors.js';
import type { SinkBatch, SinkRecord, TopicOffset } from '../../api/record.js';
import type { SinkTask } from '../../api/sink.js';
import type { SinkRuntimeOptions } from '../runtime-options.js';
import { Backoff } from '../task/backoff.js';
import { type DeadLetters, isTolerant } from '../task/dead-letters.js';
import type { PauseGate } from '../task/pause-gate.js';
import type { ProgressMeter } from '../task/progress-meter.js';
import type { TaskLife } from '../task/task-supervisor.js';
import { AskedTask } from './asked-task.js';
import { BatchPutter } from './batch-putter.js';
import type { CommitRequest } from './commit-request.js';
import { heldLag, type PartitionLag } from './partition-lag.js';
import { PausedPartitions } from './paused-partitions.js';
import { SinkAssignment } from './sink-assignment.js';
import { SinkCommits } from './sink-commits.js';
import type { SinkPositions } from './sink-positions.js';
import type { SinkReader } from './sink-reader.js';
import type { SinkTopics } from './sink-topics.js';
import type { SinkTransforms } from './sink-transforms.js';

/** A sink is woken by records, and when it is paused, resumed, told to commit or to finish: else it has nothing to look for. */
const idleWaitMs = 3_600_000;
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
  readonly #task: AskedTask;
  readonly #paused: PausedPartitions;
  readonly #commits: SinkCommits;
  readonly #assignment: SinkAssignment;
  /** What was fetched last is not all put. */
  #isPutting = false;
  #hasEnded = false;
  #waking = new AbortController();
  /** They are with the dead letters: nobody makes them durable elsewhere. */
  readonly #rejected = new WeakSet<SinkRecord>();

  constructor(parts: SinkRunParts) {
    this.#parts = parts;
    this.#backoff = new Backoff({
      firstMs: 300,
      maxMs: parts.runtime['errors.retry.delay.max.ms'],
      random: parts.log.ports.random.fork('connect-put'),
    });
    this.#task = new AskedTask(parts.task);
    this.#paused = new PausedPartitions(parts.consumer);
    const shared = { ...parts, task: this.#task };
    this.#commits = new SinkCommits({ ...shared, intervalMs: parts.runtime['offset.flush.interval.ms'] });
    this.#assignment = new SinkAssignment({ ...shared, commits: this.#commits, paused: this.#paused });
  }

  /** Resolves when the task was stopped, or has come to the targets, with all that was put durable and committed. */
  async run(): Promise<void> {
    const { signal } = this.#parts.life;
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
    // The signal outlives this run: a task that is restarted again and again must not leave a listener each time.
    await this.#turnToEnd().finally(() => {
      this.#hasEnded = true;
      signal.removeEventListener('abort', wake);
    });
  }

  /** Something has changed that a long poll would not see. */
  wake(): void {
    this.#waking.abort(new Error('woken'));
  }

  /** It has gone to the dead letters, or was left out. */
  rejected(record: SinkRecord): void {
    this.#rejected.add(record);
  }

  /** In each partition that it has; nothing when the task ends while it is asked. */
  async lag(): Promise<readonly PartitionLag[]> {
    const { consumer, reached, context, life } = this.#parts;
    try {
      return await heldLag(consumer, context.task, partition => (this.#isPutting ? reached.get(partition) : undefined));
    } catch (error) {
      if (this.#hasEnded || life.signal.aborted) return [];
      throw error;
    }
  }

  async #turnToEnd(): Promise<void> {
    const { life, log } = this.#parts;
    const { clock } = log.ports;
    await this.#assignment.begin(life.signal, () => this.#isFinished());
    this.#commits.restart();
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
      await this.#end().catch(() => undefined);
      throw error;
    }
    await this.#end();
  }

  /** What was put and could not be made durable is not reached: else the next life would find itself at the targets, and leave it out. */
  async #end(): Promise<void> {
    const isFinished = this.#isFinished();
    const { begun } = this.#commits;
    try {
      await this.#assignment.end();
      if (isFinished && this.#commits.leavesOver) {
        throw new Error(
          "the task ended with records that are not durable: preCommit('closing') must write all that was put, or throw",
        );
      }
    } catch (error) {
      for (const position of begun) this.#parts.reached.delete(position);
      throw error;
    }
  }

  #isFinished(): boolean {
    const targets = this.#parts.targets();
    return targets !== undefined && this.#parts.reached.hasReached(targets);
  }

  async #turn(): Promise<void> {
    const { gate, commitRequest } = this.#parts;
    const { dueInMs } = this.#commits;
    if (((dueInMs <= 0 && !this.#commits.isSettled) || commitRequest.take()) && !(await this.#hasCommitted())) return;
    await this.#assignment.lookForTopics();
    this.#paused.follow(gate.isPaused);
    const isFinishing = this.#parts.targets() !== undefined;
    const idleMs = this.#parts.topics.lookAgainMs ?? idleWaitMs;
    const waitMs = this.#commits.isSettled ? idleMs : Math.max(1, Math.min(idleMs, dueInMs));
    const fetched = await this.#poll(isFinishing ? finishingWaitMs : waitMs);
    if (fetched.length > 0) return this.#deliver(fetched);
    if (isFinishing) await this.#passed();
    this.#parts.life.idle();
  }

  async #deliver(fetched: readonly FetchedBatches[]): Promise<void> {
    this.#isPutting = true;
    const { generation } = this.#assignment;
    const batches = await this.#read(fetched);
    await this.#commits.flushDeadLetters();
    if (generation === this.#assignment.generation) await this.#put(batches, generation);
    if (generation !== this.#assignment.generation) return;
    for (const { topic, partition, nextOffset: offset } of fetched) {
      this.#commits.deliver({ topic, partition, offset });
      this.#parts.reached.set({ topic, partition, offset });
    }
    this.#isPutting = false;
    // Of a task that writes later, only what it says is durable counts: else one that can never write would be restarted for ever.
    if (this.#task.knowsDurable) this.#parts.life.took();
    else this.#parts.life.progressed();
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
    const { meter, reader } = this.#parts;
    const filled = batches.filter(batch => batch.records.length > 0);
    if (filled.length === 0) return;
    const putter = new BatchPutter({
      ...this.#parts,
      task: this.#task,
      backoff: this.#backoff,
      isTolerant: isTolerant(this.#parts.runtime),
      pause: delayMs => this.#pause(delayMs, generation),
    });
    // Stopped, or the partitions went elsewhere, between two tries.
    if (!(await putter.put(filled))) return this.#assignment.abandon();
    for (const batch of filled) {
      meter.taken(batch);
      const { topic, partition, records } = batch;
      const last = records.findLast(record => !this.#rejected.has(record));
      if (last !== undefined) this.#commits.gave({ topic, partition, offset: last.offset + 1 });
    }
    meter.bytes += reader.bytes;
    reader.bytes = 0;
  }

  /** False when the partitions went elsewhere, or the task was stopped. */
  async #pause(delayMs: number, generation: number): Promise<boolean> {
    const { consumer, life } = this.#parts;
    this.#paused.pause();
    // Paused, it finds nothing; what it should find all the same is read again.
    for (const { topic, partition, fromOffset } of await this.#poll(delayMs)) {
      consumer.seek({ topic, partition }, fromOffset);
    }
    return !life.signal.aborted && generation === this.#assignment.generation;
  }

  /** False when the task cannot make durable now what it has taken: it is asked again after a pause, and its status says so meanwhile. */
  async #hasCommitted(): Promise<boolean> {
    const { life, context, commitRequest } = this.#parts;
    try {
      const hasMoved = await this.#commits.commit('interval');
      if (hasMoved) this.#parts.life.progressed();
      return true;
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      const delayMs = this.#backoff.nextMs();
      life.failing(`put fails: ${error.message}`);
      context.logger.warn(`connector ${context.connector}: ${error.message}; trying again in ${delayMs} ms`);
      commitRequest.make();
      await this.#pause(delayMs, this.#assignment.generation);
      return false;
    }
  }
}

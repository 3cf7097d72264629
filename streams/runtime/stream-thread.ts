// The loop that runs an app's tasks: fetch, run short slices (least time first), end the epochs, hand on what was repartitioned, commit when
// it is due. After each slice the event loop gets its turn. One thread is one such loop; several in one process would share nothing.

import { type Consumer, type Ports, type Producer, ProtocolError, type TopicPartition } from '../../core/index.js';
import type { FailureHandling } from './failure-handling.js';
import { InputEnd } from './input-end.js';
import type { RepartitionPurge } from './repartition-purge.js';
import type { Task } from './task.js';
import type { TaskCommit } from './task-commit.js';
import type { TaskFactory } from './task-factory.js';
import type { TaskIntake } from './task-intake.js';
import type { TaskScheduler } from './task-scheduler.js';
import type { TopicLayout } from './topic-layout.js';
import type { TopicOutput } from './topic-output.js';

interface StreamThreadOptions {
  readonly ports: Ports;
  readonly layout: TopicLayout;
  readonly consumer: Consumer;
  readonly producer: Producer;
  readonly output: TopicOutput;
  readonly failures: FailureHandling;
  readonly factory: TaskFactory;
  readonly commit: TaskCommit;
  readonly purge: RepartitionPurge;
  readonly scheduler: TaskScheduler;
  readonly intake: TaskIntake;
  readonly commitIntervalMs: number;
  readonly dirtyEntriesMax: number;
  /** Partitions were assigned (false: taken away) and the tasks made. */
  readonly onAssigned: (isAssigned: boolean) => void;
}

/** A slice of work between two turns of the event loop. */
const sliceMs = 5;
const idleWaitMs = 100;
const finishingWaitMs = 10;
const wallClockIntervalMs = 100;
const recordsPerCheckMax = 256;
/** A commit that takes long is made less often, so that at most a fifth of the time goes into commits. */
const commitShare = 5;

type Ending = 'commit' | 'finish' | 'abandon';

export class StreamThread {
  tasks: readonly Task[] = [];
  readonly #options: StreamThreadOptions;
  #ending: Ending | undefined;
  #inputEnd: InputEnd | undefined;
  #isAssigned = false;
  #hasNewTasks = false;
  #recordsPerCheck = 16;
  #committedAt: number;
  #yieldedAt: number;
  #advancedAt = 0;

  constructor(options: StreamThreadOptions) {
    this.#options = options;
    this.#committedAt = this.#yieldedAt = options.ports.clock.monotonic();
  }

  /** Joins the group; resolves when tasks were made for what it assigned. */
  async start(): Promise<void> {
    const { consumer, intake, layout } = this.#options;
    const topics = new Set(layout.plan.subTopologies.flatMap(each => each.sourceTopics.map(t => layout.realName(t))));
    let hasAssignment = false;
    consumer.subscribe([...topics], {
      onAssigned: async partitions => {
        await this.#assign(partitions);
        hasAssignment = true;
      },
      onRevoked: () => this.#revoke(),
      onLost: () => this.#drop(),
    });
    while (!hasAssignment && this.#ending === undefined) await intake.run(() => this.tasks, idleWaitMs);
  }

  /** Runs until `end` is called, or rejects with what went wrong; nothing is committed then. */
  async run(): Promise<void> {
    do {
      await this.#runToEnd();
      if (this.#ending === 'abandon') return;
      // Expelled at the very end: what is finished is not committed, and is done again.
    } while (!(await this.#commitNow()) && this.#ending === 'finish');
    await this.#options.purge.run(this.tasks, true);
  }

  async #runToEnd(): Promise<void> {
    const { intake } = this.#options;
    while (this.#ending === undefined || this.#ending === 'finish') {
      await intake.run(() => this.tasks, this.#waitMs());
      if (this.#hasNewTasks) await this.#beginTasks();
      this.#runSlice();
      await this.#endEpochs();
      await this.#handOn();
      if (await this.#hasFinished()) return;
      await this.#commitIfDue();
      this.#advanceWallClock();
      await this.#yieldIfDue();
    }
  }

  /** `finish`: when the input has been processed and all windows are closed. `commit`: now. `abandon`: now, and without a commit. */
  end(how: Ending): void {
    this.#ending = how;
    this.#options.intake.wakeUp();
  }

  async #assign(partitions: readonly TopicPartition[]): Promise<void> {
    const { factory, consumer } = this.#options;
    const wanted = [...this.tasks.flatMap(task => task.queues), ...partitions];
    this.tasks = await factory.create(wanted, consumer);
    this.#inputEnd = undefined;
    this.#isAssigned = true;
    this.#hasNewTasks = true;
    this.#options.onAssigned(true);
  }

  /** Before a new task takes anything, there is a commit that says how much of its changelogs counts. */
  async #beginTasks(): Promise<void> {
    this.#hasNewTasks = false;
    await this.#commitNow();
  }

  async #revoke(): Promise<void> {
    if (this.#ending === 'abandon') return;
    await this.#endEpochs();
    await this.#commitNow();
    this.#drop();
  }

  #drop(): void {
    this.tasks = [];
    this.#isAssigned = false;
    this.#inputEnd = undefined;
    this.#options.onAssigned(false);
  }

  #waitMs(): number {
    if (this.tasks.some(task => task.headTimestamp !== Number.POSITIVE_INFINITY)) return 0;
    if (this.#ending !== 'finish') return idleWaitMs;
    return this.#inputEnd === undefined ? 0 : finishingWaitMs;
  }

  /** Runs tasks for `sliceMs`, or until one must be fed. */
  #runSlice(): void {
    const { scheduler, failures, ports } = this.#options;
    const startedAt = ports.clock.monotonic();
    let count = 0;
    let untilCheck = this.#recordsPerCheck;
    while (failures.fatal === undefined) {
      const task = scheduler.next(this.tasks);
      if (task === undefined) return;
      const ran = task.run(scheduler.untilTimestamp, untilCheck);
      count += ran;
      untilCheck -= ran;
      if (task.isStarved) return;
      if (untilCheck > 0) continue;
      const elapsedMs = ports.clock.monotonic() - startedAt;
      if (elapsedMs >= sliceMs) {
        this.#tuneCheck(count, elapsedMs);
        return;
      }
      untilCheck = this.#recordsPerCheck;
    }
  }

  /** Looks at the clock about once in half a millisecond. */
  #tuneCheck(count: number, elapsedMs: number): void {
    const inHalfMs = Math.round((count / elapsedMs) * 0.5);
    this.#recordsPerCheck = Math.max(1, Math.min(recordsPerCheckMax, inHalfMs));
  }

  async #endEpochs(): Promise<void> {
    for (const task of this.tasks) if (task.hasRun) await task.endEpoch();
    if (this.#options.failures.fatal !== undefined) throw this.#options.failures.fatal;
  }

  async #handOn(): Promise<void> {
    const { output, producer, intake } = this.#options;
    if (output.unflushedRecords === 0) {
      if (producer.isFull) await producer.drained();
      return;
    }
    await output.flush();
    await intake.expectRepartitioned(this.tasks);
  }

  async #hasFinished(): Promise<boolean> {
    if (this.#ending !== 'finish' || !this.#isAssigned) return false;
    const { layout, consumer, output } = this.#options;
    if (this.#inputEnd === undefined) {
      this.#inputEnd = new InputEnd(layout.plan, this.tasks, consumer, output);
      await this.#inputEnd.begin();
    }
    const hasFinished = await this.#inputEnd.advance();
    if (this.#options.failures.fatal !== undefined) throw this.#options.failures.fatal;
    return hasFinished;
  }

  async #commitIfDue(): Promise<void> {
    const { ports, commit, commitIntervalMs, dirtyEntriesMax } = this.#options;
    const intervalMs = Math.max(commitIntervalMs, commit.lastCommitMs * (commitShare - 1));
    const isDue = ports.clock.monotonic() - this.#committedAt >= intervalMs;
    if (!isDue && this.dirtyEntries < dirtyEntriesMax) return;
    await this.#commitNow();
    await this.#options.purge.run(this.tasks);
  }

  get dirtyEntries(): number {
    let count = 0;
    for (const task of this.tasks) count += task.dirtyEntries;
    return count;
  }

  /** False when the group has expelled this member: nothing was committed, the tasks are gone. */
  async #commitNow(): Promise<boolean> {
    const { ports, commit, failures } = this.#options;
    if (failures.fatal !== undefined) throw failures.fatal;
    const uncommitted = this.tasks.filter(task => task.hasUncommitted);
    try {
      if (uncommitted.length > 0) await commit.commit(uncommitted);
    } catch (error) {
      if (!isExpulsion(error)) throw error;
      // The group went on without this member. What was not committed is done again, by whoever gets the partitions with the next poll.
      this.#drop();
    }
    this.#committedAt = this.#yieldedAt = ports.clock.monotonic();
    return this.#isAssigned;
  }

  #advanceWallClock(): void {
    const { ports, output } = this.#options;
    const now = ports.clock.monotonic();
    if (now - this.#advancedAt < wallClockIntervalMs) return;
    this.#advancedAt = now;
    for (const task of this.tasks) {
      const before = task.dirtyEntries + output.records;
      task.chain.advanceWallClock(ports.clock.now());
      task.hasRun = true;
      if (task.dirtyEntries + output.records !== before) task.hasUncommitted = true;
    }
  }

  async #yieldIfDue(): Promise<void> {
    const { clock } = this.#options.ports;
    if (clock.monotonic() - this.#yieldedAt < sliceMs) return;
    await clock.yield();
    this.#yieldedAt = clock.monotonic();
  }
}

function isExpulsion(error: unknown): boolean {
  return (
    error instanceof ProtocolError &&
    (error.kind === 'UNKNOWN_MEMBER_ID' ||
      error.kind === 'ILLEGAL_GENERATION' ||
      error.kind === 'REBALANCE_IN_PROGRESS')
  );
}

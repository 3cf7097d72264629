// The loop that runs an app's tasks: fetch, run short slices (least time first), end the epochs, hand on what was repartitioned, commit when
// it is due. After each slice the event loop gets its turn. One thread is one such loop; several in one process would share nothing.

import type { Consumer, Ports, TopicPartition } from '../../core/index.js';
import type { Delivery } from './delivery.js';
import type { FailureHandling } from './failure-handling.js';
import { InputEnd } from './input-end.js';
import type { RemoteEnds } from './remote-ends.js';
import type { RepartitionPurge } from './repartition-purge.js';
import type { StartingOver } from './starting-over.js';
import type { Task } from './task.js';
import type { TaskAssignor } from './task-assignor.js';
import type { TaskCommit } from './task-commit.js';
import type { TaskIntake } from './task-intake.js';
import type { TaskScheduler } from './task-scheduler.js';
import type { ThreadTasks } from './thread-tasks.js';
import type { TopicLayout } from './topic-layout.js';
import type { TopicOutput } from './topic-output.js';

interface StreamThreadOptions {
  readonly ports: Ports;
  readonly layout: TopicLayout;
  readonly consumer: Consumer;
  readonly lookup: Consumer;
  readonly delivery: Delivery;
  readonly assignor: TaskAssignor;
  readonly tasks: ThreadTasks;
  readonly output: TopicOutput;
  readonly failures: FailureHandling;
  readonly startingOver: StartingOver;
  readonly commit: TaskCommit;
  readonly purge: RepartitionPurge;
  readonly scheduler: TaskScheduler;
  readonly intake: TaskIntake;
  readonly remoteEnds: RemoteEnds;
  readonly commitIntervalMs: number;
  readonly dirtyEntriesMax: number;
  /** Partitions were assigned (false: taken away) and the tasks made. */
  readonly onAssigned: (isAssigned: boolean) => void;
}

/** A slice of work between two turns of the event loop. */
const sliceMs = 5;
const idleWaitMs = 100;
const shortWaitMs = 10;
const wallClockIntervalMs = 100;
const recordsPerCheckMax = 256;
/** A commit that takes long is made less often, so that at most a fifth of the time goes into commits. */
const commitShare = 5;
/** At the end, a rebalance that takes longer is not waited for: what is not committed is done again by others. */
const lastCommitWaitMs = 10_000;

type Ending = 'commit' | 'finish' | 'abandon';
/** `lost`: what was done since the last commit is given up. `postponed`: nothing can be committed while the group is joining. */
type CommitOutcome = 'committed' | 'postponed' | 'lost';

export class StreamThread {
  readonly #options: StreamThreadOptions;
  #ending: Ending | undefined;
  #inputEnd: InputEnd | undefined;
  #recordsPerCheck = 16;
  #committedAt: number;
  #yieldedAt: number;
  #advancedAt = 0;

  constructor(options: StreamThreadOptions) {
    this.#options = options;
    this.#committedAt = this.#yieldedAt = options.ports.clock.monotonic();
  }

  get tasks(): readonly Task[] {
    return this.#options.tasks.all;
  }

  /** Joins the group; resolves when tasks were made for what it assigned. */
  async start(): Promise<void> {
    const { consumer, layout, tasks, startingOver } = this.#options;
    const topics = new Set(layout.plan.subTopologies.flatMap(each => each.sourceTopics.map(t => layout.realName(t))));
    consumer.subscribe([...topics], {
      onAssigned: partitions => tasks.arrive(partitions),
      onRevoked: partitions => this.#revoke(partitions),
      onLost: () => this.#lose(),
    });
    while ((!tasks.isAssigned || tasks.hasArrivals || startingOver.isDue) && this.#ending === undefined) {
      try {
        if (await this.#hasPolled(idleWaitMs)) await this.#beginTasks();
      } catch (error) {
        await this.#giveUp(error);
      }
    }
    if (this.#ending === undefined) this.#options.onAssigned(true);
  }

  /** Runs until `end` is called, or rejects with what went wrong; nothing is committed then. */
  async run(): Promise<void> {
    do {
      await this.#runToEnd();
      if (this.#ending === 'abandon') return;
      // Expelled at the very end: what is finished is not committed, and is done again.
    } while ((await this.#commitSoon()) === 'lost' && this.#ending === 'finish');
    await this.#options.purge.run(this.tasks, true);
  }

  async #runToEnd(): Promise<void> {
    while (this.#ending === undefined || this.#ending === 'finish') {
      try {
        if (await this.#turn()) return;
      } catch (error) {
        await this.#giveUp(error);
      }
    }
  }

  /** True when the input has come to its end. */
  async #turn(): Promise<boolean> {
    if (!(await this.#hasPolled(this.#waitMs()))) return false;
    await this.#beginTasks();
    this.#runSlice();
    await this.#endEpochs();
    await this.#handOn();
    if (await this.#hasFinished()) return true;
    await this.#commitIfDue();
    this.#advanceWallClock();
    await this.#yieldIfDue();
    return false;
  }

  /** `finish`: when the input has been processed and all windows are closed. `commit`: now. `abandon`: now, and without a commit. */
  end(how: Ending): void {
    this.#ending = how;
    this.#options.intake.wakeUp();
  }

  /** False while the tasks cannot be begun again. */
  async #hasPolled(waitMs: number): Promise<boolean> {
    const { startingOver } = this.#options;
    await this.#poll(startingOver.isDue ? idleWaitMs : waitMs);
    if (startingOver.isDue) await this.#startOver();
    return !startingOver.isDue;
  }

  async #poll(waitMs: number): Promise<void> {
    await this.#options.intake.run(() => this.tasks, waitMs);
  }

  async #beginTasks(): Promise<void> {
    const { tasks, assignor, ports } = this.#options;
    if (!tasks.hasArrivals || assignor.isJoining) return;
    // Restoring takes its time: nothing of the others is to lie open meanwhile.
    if ((await this.#commitNow()) !== 'committed') return;
    await tasks.begin(() => this.#poll(0));
    ports.failpoint('streams/tasks-begun');
    this.#inputEnd = undefined;
    this.#options.onAssigned(true);
    // Before a new task takes anything, there is a commit that says how much of its changelogs counts.
    if (tasks.all.some(task => task.hasUncommitted)) await this.#commitNow();
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    const { tasks, ports } = this.#options;
    if (this.#ending === 'abandon') return;
    this.#inputEnd = undefined;
    await this.#endEpochs();
    ports.failpoint('streams/revoking');
    if ((await this.#commitNow()) === 'postponed') await this.#startOver();
    tasks.depart(partitions);
    ports.failpoint('streams/revoked');
    this.#options.onAssigned(tasks.all.length > 0);
  }

  /** The group went on without this member: its partitions may have other owners by now. */
  async #lose(): Promise<void> {
    if (this.#ending === 'abandon') return;
    await this.#startOver();
    this.#options.tasks.drop();
    this.#options.onAssigned(false);
  }

  /** Throws what is no loss of work. */
  async #giveUp(error: unknown): Promise<void> {
    const why = this.#options.startingOver.requireLoss(error);
    // Whoever closes the app does not wait for brokers: what is not committed is done again after the next start.
    if (why === 'brokers-away' && this.#ending === 'commit') return;
    await this.#startOver();
  }

  async #startOver(): Promise<void> {
    this.#inputEnd = undefined;
    await this.#options.startingOver.begin();
  }

  #waitMs(): number {
    if (this.tasks.some(task => task.headTimestamp !== Number.POSITIVE_INFINITY)) return 0;
    const { output, tasks } = this.#options;
    if (tasks.hasArrivals || output.unseenRecords > 0) return shortWaitMs;
    if (this.#ending !== 'finish') return idleWaitMs;
    return this.#inputEnd === undefined ? 0 : shortWaitMs;
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
    const { output, delivery } = this.#options;
    if (output.unseenRecords > 0 && delivery.isVisibleWhenFlushed) {
      await output.flush();
      await this.#expectRepartitioned();
    } else if (delivery.producer.isFull) await delivery.producer.drained();
  }

  /** Queues of repartition topics learn that there is more to fetch. */
  async #expectRepartitioned(): Promise<void> {
    const { intake, layout, lookup, consumer } = this.#options;
    // What others have open may hold back what comes behind it: only alone it is known that all can be read soon.
    const isAlone = this.tasks.length === layout.allTasksCount;
    await intake.expectRepartitioned(this.tasks, isAlone ? lookup : consumer);
  }

  async #hasFinished(): Promise<boolean> {
    const { tasks, assignor, failures } = this.#options;
    if (this.#ending !== 'finish' || !tasks.isAssigned || tasks.hasArrivals || assignor.isJoining) return false;
    if (this.#inputEnd === undefined) {
      const { layout, consumer, lookup, output, remoteEnds: remote } = this.#options;
      const handOn = () => this.#handOnFinished();
      const end = new InputEnd({ layout, tasks: this.tasks, consumer, lookup, output, remote, handOn });
      await end.begin();
      this.#inputEnd = end;
    }
    const hasFinished = await this.#inputEnd.advance();
    if (failures.fatal !== undefined) throw failures.fatal;
    return hasFinished;
  }

  async #handOnFinished(): Promise<boolean> {
    const { failures } = this.#options;
    const before = this.#inputEnd;
    if (failures.fatal !== undefined) throw failures.fatal;
    const outcome = await this.#commitSoon();
    return outcome === 'committed' && this.#inputEnd === before;
  }

  async #commitIfDue(): Promise<void> {
    const { ports, commit, commitIntervalMs, dirtyEntriesMax, output, scheduler } = this.#options;
    const sparseMs = commit.lastCommitMs * (commitShare - 1);
    const elapsedMs = ports.clock.monotonic() - this.#committedAt;
    // Nothing goes on before what was repartitioned can be seen.
    const isAwaited = output.unseenRecords > 0 && scheduler.next(this.tasks) === undefined;
    const isDue = isAwaited
      ? this.#ending === 'finish' || elapsedMs >= Math.min(sparseMs, commitIntervalMs)
      : elapsedMs >= Math.max(sparseMs, commitIntervalMs);
    if (!isDue && this.dirtyEntries < dirtyEntriesMax) return;
    await this.#commitNow();
    await this.#options.purge.run(this.tasks);
  }

  get dirtyEntries(): number {
    let count = 0;
    for (const task of this.tasks) count += task.dirtyEntries;
    return count;
  }

  async #commitNow(): Promise<CommitOutcome> {
    const { ports, commit, failures, output, assignor, startingOver } = this.#options;
    if (failures.fatal !== undefined) throw failures.fatal;
    const uncommitted = this.tasks.filter(task => task.hasUncommitted);
    if (uncommitted.length > 0 && assignor.isJoining) return 'postponed';
    try {
      const hadUnseen = output.unseenRecords > 0;
      if (uncommitted.length > 0) await commit.commit(uncommitted);
      if (hadUnseen) await this.#expectRepartitioned();
    } catch (error) {
      await this.#giveUp(error);
      return 'lost';
    }
    startingOver.committed();
    this.#committedAt = this.#yieldedAt = ports.clock.monotonic();
    return 'committed';
  }

  /** Waits for a rebalance that is going on. */
  async #commitSoon(): Promise<CommitOutcome> {
    const { clock } = this.#options.ports;
    const deadline = clock.monotonic() + lastCommitWaitMs;
    while (this.#options.assignor.isJoining && this.#ending !== 'abandon') {
      if (clock.monotonic() >= deadline) return 'lost';
      await this.#poll(shortWaitMs);
    }
    return await this.#commitNow();
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

// Which task runs next, and for how long. Least time first: the task whose next record has the lowest timestamp runs until another task's
// next record comes before its own. So what the tasks write to a repartition topic lies there in the order of time, as far as their
// inputs allow, and windows behind it do not close before all upstream partitions have come to their end.
//
// That needs no flush after every run: a repartition topic holds its records in the order in which they were written. Only a task that joins such a
// topic with another one, or feeds a further one, must not run past what is on its way to it; it waits for the flush, while those upstream go
// ahead.

import type { Task } from './task.js';

export interface TaskScheduler {
  /** The task to run; undefined when none has a record that it may take. */
  next(tasks: readonly Task[]): Task | undefined;
  /** How far the task returned last may run. */
  readonly untilTimestamp: number;
}

export class LeastTimeFirst implements TaskScheduler {
  untilTimestamp = Number.POSITIVE_INFINITY;

  next(tasks: readonly Task[]): Task | undefined {
    let least: Task | undefined;
    let leastTimestamp = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (let index = 0; index < tasks.length; index++) {
      const task = tasks[index]!;
      const timestamp = task.headTimestamp;
      if (task.waitsForFlush && timestamp >= task.unseenFrom()) continue;
      // At equal times what goes through a repartition topic is to be there first.
      const isFirst = timestamp < leastTimestamp || (timestamp === leastTimestamp && least?.waitsForFlush === true);
      if (isFirst && timestamp !== Number.POSITIVE_INFINITY) {
        second = leastTimestamp;
        leastTimestamp = timestamp;
        least = task;
      } else if (timestamp < second) second = timestamp;
    }
    this.untilTimestamp = least?.waitsForFlush === true ? Math.min(second, least.unseenFrom()) - 1 : second;
    if (this.untilTimestamp < leastTimestamp) this.untilTimestamp = leastTimestamp;
    return least;
  }
}

/** Every task in turn, as long as the limit of a run allows: shows what least time first is for. */
export class RoundRobin implements TaskScheduler {
  readonly untilTimestamp = Number.POSITIVE_INFINITY;
  #last = -1;

  next(tasks: readonly Task[]): Task | undefined {
    for (let step = 1; step <= tasks.length; step++) {
      const index = (this.#last + step) % tasks.length;
      if (tasks[index]!.headTimestamp === Number.POSITIVE_INFINITY) continue;
      this.#last = index;
      return tasks[index];
    }
    return undefined;
  }
}

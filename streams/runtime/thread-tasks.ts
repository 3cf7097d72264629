// The tasks of a thread, and how they come and go. What the group assigns first only arrives: its tasks are made (and their stores restored)
// between two epochs, while the group is polled on, so that a long restoration holds up no rebalance. What is taken away in the meantime is
// let go again.

import type { Consumer, TopicPartition } from '../../core/index.js';
import type { Task } from './task.js';
import type { TaskFactory } from './task-factory.js';

export class ThreadTasks {
  all: readonly Task[] = [];
  /** The group has said what belongs to this instance, be it nothing. */
  isAssigned = false;
  readonly #factory: TaskFactory;
  readonly #consumer: Consumer;
  #arriving = new Map<string, TopicPartition>();
  /** Counts what was taken away: tasks that are being made meanwhile are not to be kept. */
  #departures = 0;

  constructor(factory: TaskFactory, consumer: Consumer) {
    this.#factory = factory;
    this.#consumer = consumer;
  }

  get hasArrivals(): boolean {
    return this.#arriving.size > 0;
  }

  arrive(partitions: readonly TopicPartition[]): void {
    this.isAssigned = true;
    for (const each of partitions) this.#arriving.set(nameOf(each), each);
  }

  /** Makes the tasks of what has arrived; `poll` is called again and again in between. Nothing of them is uncommitted when it begins. */
  async begin(poll: () => Promise<void>): Promise<void> {
    const partitions = [...this.#arriving.values()];
    this.#arriving = new Map();
    const departures = this.#departures;
    this.#consumer.pause(partitions);
    const made = await this.#factory.create(partitions, this.#consumer, async () => {
      await poll();
      return this.#departures === departures;
    });
    if (this.#departures === departures) {
      for (const task of made) this.#factory.start(task, this.#consumer);
      this.all = [...this.all, ...made];
      return;
    }
    const assigned = new Set(this.#consumer.assignment().map(nameOf));
    for (const each of partitions) if (assigned.has(nameOf(each))) this.#arriving.set(nameOf(each), each);
  }

  /** To be called when what these tasks did is committed. */
  depart(partitions: readonly TopicPartition[]): void {
    this.#departures++;
    const names = new Set(partitions.map(nameOf));
    for (const name of names) this.#arriving.delete(name);
    this.all = this.all.filter(task => !task.queues.some(queue => names.has(nameOf(queue))));
  }

  /** Lets go of all of them, as they are. */
  drop(): void {
    this.#departures++;
    this.#arriving = new Map();
    this.all = [];
  }

  /** Makes them again out of what was committed. */
  startOver(): void {
    this.drop();
    this.arrive(this.#consumer.assignment());
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

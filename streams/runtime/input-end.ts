// The end of a bounded input: sub-topologies come to their end one after the other, down the stream. Each takes what its topics held when its
// input was complete, closes its windows, and what that wrote is the rest of the input of the next.

import type { Consumer } from '../../core/index.js';
import type { TopologyPlan } from '../topology/plan.js';
import { OffsetBounds } from './offset-bounds.js';
import type { Task } from './task.js';
import type { TopicOutput } from './topic-output.js';

export class InputEnd {
  readonly #plan: TopologyPlan;
  readonly #tasks: readonly Task[];
  readonly #consumer: Consumer;
  readonly #output: TopicOutput;
  readonly #finished = new Set<number>();

  constructor(plan: TopologyPlan, tasks: readonly Task[], consumer: Consumer, output: TopicOutput) {
    this.#plan = plan;
    this.#tasks = tasks;
    this.#consumer = consumer;
    this.#output = output;
  }

  /** The external topics are complete as they are now. */
  async begin(): Promise<void> {
    await this.#markEnds(this.#tasks, isInternal => !isInternal);
    await this.#completeRepartitionTopics();
  }

  /** Lets every sub-topology that has come to its end close its windows; true when all have. */
  async advance(): Promise<boolean> {
    for (const { id } of this.#plan.subTopologies) {
      const tasks = this.#tasks.filter(task => task.subTopology.id === id);
      if (this.#finished.has(id) || !tasks.every(task => task.queues.every(queue => queue.hasReachedEnd))) continue;
      await this.#finish(tasks);
      this.#finished.add(id);
      await this.#completeRepartitionTopics();
    }
    return this.#finished.size === this.#plan.subTopologies.length;
  }

  async #finish(tasks: readonly Task[]): Promise<void> {
    this.#output.hold();
    for (const task of tasks) await task.finish();
    this.#output.release();
    await this.#output.flush();
  }

  /** Where all writers of a repartition topic have finished, its end is known. */
  async #completeRepartitionTopics(): Promise<void> {
    for (const { id } of this.#plan.subTopologies) {
      const topics = this.#plan.repartitionTopics.filter(topic => topic.readBy === id);
      const complete = topics.filter(topic => topic.writtenBy.every(writer => this.#finished.has(writer)));
      const names = new Set(complete.map(topic => topic.name));
      const tasks = this.#tasks.filter(task => task.subTopology.id === id);
      if (names.size > 0) await this.#markEnds(tasks, (isInternal, topic) => isInternal && names.has(topic));
    }
  }

  async #markEnds(tasks: readonly Task[], isMeant: (isInternal: boolean, topic: string) => boolean): Promise<void> {
    const queues = tasks
      .flatMap(task => task.queues)
      .filter(
        ({ source, endOffset }) => endOffset === Number.POSITIVE_INFINITY && isMeant(source.isInternal, source.topic),
      );
    const bounds = await OffsetBounds.of(this.#consumer, queues);
    for (const queue of queues) {
      queue.endOffset = bounds.end(queue);
      queue.highWatermark = Math.max(queue.highWatermark, queue.endOffset);
    }
  }
}

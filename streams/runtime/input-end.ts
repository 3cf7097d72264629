// The end of a bounded input: sub-topologies come to their end one after the other, down the stream. Each takes what its topics held when its
// input was complete, closes its windows, and what that wrote is the rest of the input of the next.
//
// Where several instances share the tasks, each finishes its own, and tells the others beside its offsets: the cell `task/input-end` of a
// finished task holds a number that grows with its input. For a task behind repartition topics it is the sum of those before it, so a number
// left by an earlier end of the input does not pass for one of this end. A record taken puts the cell back to -1.

import type { Consumer } from '../../core/index.js';
import type { SubTopologyPlan } from '../topology/plan.js';
import { OffsetBounds } from './offset-bounds.js';
import type { RemoteEnds } from './remote-ends.js';
import type { Task } from './task.js';
import type { TopicLayout } from './topic-layout.js';
import type { TopicOutput } from './topic-output.js';

interface InputEndParts {
  readonly layout: TopicLayout;
  readonly tasks: readonly Task[];
  readonly consumer: Consumer;
  /** Sees the ends of topics in which something is still open. */
  readonly lookup: Consumer;
  readonly output: TopicOutput;
  readonly remote: RemoteEnds;
  /** Makes what was written, and the cells, visible to all instances; false when the tasks were lost over it. */
  readonly handOn: () => Promise<boolean>;
}

export class InputEnd {
  readonly #parts: InputEndParts;
  /** Sub-topologies of which this instance's tasks have finished. */
  readonly #finishedHere = new Set<number>();
  /** Sub-topologies of which all have, and the sum of their cells. */
  readonly #finished = new Map<number, number>();

  constructor(parts: InputEndParts) {
    this.#parts = parts;
  }

  /** The external topics are complete as they are now. */
  async begin(): Promise<void> {
    const { tasks, consumer, remote } = this.#parts;
    await remote.begin();
    await this.#markEnds(tasks, consumer, isInternal => !isInternal);
  }

  /** Lets every sub-topology that has come to its end close its windows; true when all have, in all instances. */
  async advance(): Promise<boolean> {
    const { subTopologies } = this.#parts.layout.plan;
    for (const subTopology of subTopologies) {
      const { id } = subTopology;
      if (this.#finished.has(id) || !this.#isComplete(id)) continue;
      if (!(await this.#finishHere(subTopology))) return false;
      if (!this.#finishedHere.has(id)) continue;
      const total = await this.#totalOf(subTopology);
      if (total === undefined) continue;
      this.#finished.set(id, total);
      await this.#completeRepartitionTopics();
    }
    return this.#finished.size === subTopologies.length;
  }

  /** All that write to its repartition topics have finished. */
  #isComplete(id: number): boolean {
    return this.#writersBefore(id).every(writer => this.#finished.has(writer));
  }

  #writersBefore(id: number): readonly number[] {
    const { repartitionTopics } = this.#parts.layout.plan;
    return [...new Set(repartitionTopics.filter(topic => topic.readBy === id).flatMap(topic => topic.writtenBy))];
  }

  /** The number that a task of the sub-topology has when it has finished, but for its own external topics. */
  #before(id: number): number {
    return this.#writersBefore(id).reduce((sum, writer) => sum + this.#finished.get(writer)!, 0);
  }

  async #finishHere({ id }: SubTopologyPlan): Promise<boolean> {
    const tasks = this.#parts.tasks.filter(task => task.subTopology.id === id);
    if (this.#finishedHere.has(id) || !tasks.every(task => task.queues.every(queue => queue.hasReachedEnd)))
      return true;
    const ends = new Map(tasks.map(task => [task, this.#before(id) + externalPositions(task)]));
    const open = tasks.filter(task => task.inputEnd.value !== ends.get(task));
    if (open.length > 0) await this.#close(open);
    for (const task of open) task.inputEnd.value = ends.get(task)!;
    // Also what was closed before, when it could not be committed at once.
    if (tasks.some(task => task.hasUncommitted) && !(await this.#parts.handOn())) return false;
    this.#finishedHere.add(id);
    return true;
  }

  async #close(tasks: readonly Task[]): Promise<void> {
    const { output } = this.#parts;
    output.hold();
    for (const task of tasks) await task.finish();
    output.release();
  }

  /** The sum of the cells of all its tasks, wherever they run; undefined while one has not finished. */
  async #totalOf(subTopology: SubTopologyPlan): Promise<number | undefined> {
    const { tasks, remote } = this.#parts;
    const own = tasks.filter(task => task.subTopology.id === subTopology.id);
    const others = await remote.totalOf(
      subTopology,
      own.map(task => task.partition),
      this.#before(subTopology.id),
    );
    return others === undefined ? undefined : own.reduce((sum, task) => sum + task.inputEnd.value, others);
  }

  /** Where all writers of a repartition topic have finished, its end is known. */
  async #completeRepartitionTopics(): Promise<void> {
    const { tasks, lookup, layout } = this.#parts;
    const complete = layout.plan.repartitionTopics.filter(topic =>
      topic.writtenBy.every(writer => this.#finished.has(writer)),
    );
    const names = new Set(complete.map(topic => topic.name));
    await this.#markEnds(tasks, lookup, (isInternal, topic) => isInternal && names.has(topic));
  }

  async #markEnds(
    tasks: readonly Task[],
    consumer: Consumer,
    isMeant: (isInternal: boolean, topic: string) => boolean,
  ): Promise<void> {
    const queues = tasks
      .flatMap(task => task.queues)
      .filter(
        ({ source, endOffset }) => endOffset === Number.POSITIVE_INFINITY && isMeant(source.isInternal, source.topic),
      );
    const bounds = await OffsetBounds.of(consumer, queues);
    for (const queue of queues) {
      queue.endOffset = bounds.end(queue);
      queue.highWatermark = Math.max(queue.highWatermark, queue.endOffset);
    }
  }
}

function externalPositions(task: Task): number {
  return task.queues.reduce((sum, queue) => (queue.isInternal ? sum : sum + queue.position), 0);
}

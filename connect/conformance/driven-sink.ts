// A sink's task without the runtime: the suite gives it partitions and records, asks what is durable, and ends it in good order or as a crash would.

import type { SinkContext } from '../api/context.js';
import type { SinkBatch, SinkRecord, TopicOffset, TopicPartition } from '../api/record.js';
import type { SinkTask } from '../api/sink.js';
import { ConformanceFailure, expect, shown } from './conformance-failure.js';
import { drivenContext } from './driven-context.js';
import type { SinkPlace, SinkUnderTest } from './fixtures.js';
import type { SinkTopic } from './sink-topic.js';
import type { Stage } from './stage.js';

/** The consumer group: what it holds outlives every task. */
export type GroupOffsets = Map<number, number>;

export interface DrivenSinkParts {
  readonly under: SinkUnderTest;
  readonly place: SinkPlace;
  readonly topic: SinkTopic;
  readonly group: GroupOffsets;
  /** What `reject` does: keeps the record aside, or passes the error on. */
  readonly tolerates?: boolean;
  readonly failpoint?: (name: string) => void;
}

export class DrivenSink {
  readonly rejected: { readonly record: SinkRecord; readonly error: Error }[] = [];
  /** The next offset of each partition that is open. */
  readonly positions = new Map<number, number>();
  readonly #stage: Stage;
  readonly #parts: DrivenSinkParts;
  readonly #abort = new AbortController();
  #task!: SinkTask;

  private constructor(stage: Stage, parts: DrivenSinkParts) {
    this.#stage = stage;
    this.#parts = parts;
  }

  /** Starts a task and opens these partitions. The error of one that cannot be started or opened passes through. */
  static async start(stage: Stage, parts: DrivenSinkParts, partitions: readonly number[]): Promise<DrivenSink> {
    const sink = new DrivenSink(stage, parts);
    const { connector } = parts.under;
    const context: SinkContext = {
      ...drivenContext(stage, sink.#abort.signal, parts.failpoint),
      reject: async (record, error) => {
        if (parts.tolerates !== true) throw error;
        sink.rejected.push({ record, error });
      },
      requestCommit: () => undefined,
    };
    const config = connector.config.parse(parts.place.config);
    sink.#task = await stage.within('start()', connector.start(config, context));
    try {
      await sink.open(partitions);
    } catch (error) {
      await sink.end();
      throw error;
    }
    return sink;
  }

  /** Where it goes on is what the task says, else the group, else the start. */
  async open(partitions: readonly number[]): Promise<void> {
    const { topic, group } = this.#parts;
    const assigned = partitions.map(partition => topic.partition(partition));
    const committed = assigned
      .filter(({ partition }) => group.has(partition))
      .map(each => ({ ...each, offset: group.get(each.partition)! }));
    const owned = await this.#stage.within('open()', this.#task.open?.(assigned, committed));
    for (const partition of partitions) {
      const own = owned?.find(each => each.partition === partition && each.topic === topic.name)?.offset;
      this.positions.set(partition, own ?? group.get(partition) ?? 0);
    }
    for (const own of owned ?? []) this.#requirePosition(own, 'open()');
  }

  /** Puts what stands between the positions and these ends, so many records at a time; all partitions go on together. */
  async feed(ends: Readonly<Record<number, number>>, step = 4): Promise<void> {
    const due = () =>
      Object.entries(ends).flatMap(([name, end]) => {
        const partition = Number(name);
        const from = this.positions.get(partition)!;
        return from < end ? [this.#parts.topic.batch(partition, from, Math.min(end, from + step))] : [];
      });
    for (let batches = due(); batches.length > 0; batches = due()) {
      await this.put(batches);
      for (const batch of batches) this.positions.set(batch.partition, batch.records.at(-1)!.offset + 1);
    }
  }

  /** One put(), whose error passes through. */
  async put(batches: readonly SinkBatch[]): Promise<void> {
    await this.#stage.within('put()', this.#task.put(batches));
  }

  /** The group learns what the task calls durable; without preCommit, all that was put. */
  async commit(why: 'interval' | 'closing'): Promise<void> {
    const durable =
      this.#task.preCommit === undefined
        ? [...this.positions].map(([partition, offset]) => ({ ...this.#parts.topic.partition(partition), offset }))
        : await this.#stage.within('preCommit()', this.#task.preCommit(why));
    for (const position of durable) {
      this.#requirePosition(position, 'preCommit()');
      const before = this.#parts.group.get(position.partition) ?? 0;
      expect(position.offset >= before, `preCommit() went back from ${before} to ${position.offset}`);
      this.#parts.group.set(position.partition, position.offset);
    }
  }

  /** What the task does at a commit, of a member that the group no longer knows: nobody learns of it. */
  async flush(): Promise<void> {
    await this.#stage.within('preCommit()', this.#task.preCommit?.('closing'));
  }

  async close(partitions: readonly number[]): Promise<void> {
    const { topic } = this.#parts;
    const given: TopicPartition[] = partitions.map(partition => topic.partition(partition));
    for (const partition of partitions) this.positions.delete(partition);
    await this.#stage.within('close()', this.#task.close?.(given));
  }

  abort(): void {
    this.#abort.abort();
  }

  /** In good order: what was put becomes durable and is committed. */
  async finish(): Promise<void> {
    await this.commit('closing');
    await this.close([...this.positions.keys()]);
    await this.end();
  }

  /** As a failure does: nothing is committed. */
  async end(): Promise<void> {
    this.abort();
    await this.#stage.within('stop()', this.#task.stop?.());
  }

  #requirePosition({ topic, partition, offset }: TopicOffset, what: string): void {
    const { name } = this.#parts.topic;
    const position = this.positions.get(partition);
    if (topic !== name || position === undefined)
      throw new ConformanceFailure(`${what} named ${topic}-${partition}, which is not open here`);
    expect(
      Number.isSafeInteger(offset) && offset >= 0 && offset <= Math.max(position, this.#parts.topic.end(partition)),
      `${what} gave the offset ${shown(offset)} for partition ${partition}, which ends at ${this.#parts.topic.end(partition)}`,
    );
    if (what === 'preCommit()')
      expect(offset <= position, `preCommit() calls ${offset} durable, and only ${position} was put`);
  }
}

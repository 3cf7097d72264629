// A commit of tasks, in the order that makes a crash at any point harmless:
//   1. the changelog of what is dirty, and everything else that was produced, is acknowledged;
//   2. the offsets are committed, and with them the time cells and how far the changelogs count;
//   3. only then the dirty entries go to the disk, with checkpoints, in one transaction.
// A crash before 2 leaves changelog records behind that do not count (see StoreRestore); one before 3 leaves a store that follows its changelog
// later. So the disk never holds what was not committed. Exactly once will put 1 and 2 into one transaction of the producer; nothing else changes.
// Epochs are ended by whoever calls; nothing may run on these tasks meanwhile, though the event loop gets its turns.

import { type Consumer, type Ports, type Producer, type Serde, type TopicWriter, topic } from '../../core/index.js';
import type { ManagedStore } from '../state/managed-store.js';
import type { StateDatabase } from '../state/state-database.js';
import { encodeCommitMetadata, spreadCells } from './commit-metadata.js';
import type { MetricsCollector } from './metrics-collector.js';
import { OffsetBounds } from './offset-bounds.js';
import { encodeCheckpoint } from './store-checkpoint.js';
import type { Task, TaskStore } from './task.js';
import type { TopicOutput } from './topic-output.js';

interface TaskCommitOptions {
  readonly ports: Ports;
  readonly producer: Producer;
  readonly consumer: Consumer;
  readonly output: TopicOutput;
  readonly database: StateDatabase | undefined;
  readonly metrics: MetricsCollector;
}

const sliceMs = 5;

export class TaskCommit {
  readonly #options: TaskCommitOptions;
  readonly #writers = new Map<string, TopicWriter<unknown, unknown>>();

  constructor(options: TaskCommitOptions) {
    this.#options = options;
  }

  get lastCommitMs(): number {
    return this.#options.metrics.commitMs;
  }

  async commit(tasks: readonly Task[]): Promise<void> {
    const { ports, output, metrics, producer, consumer } = this.#options;
    const startedAt = ports.clock.monotonic();
    const stores = tasks.flatMap(task => [...task.stores.values()]);
    for (const each of stores) await this.#appendChangelog(each);
    await producer.flush();
    ports.failpoint('streams/changelog-flushed');
    await output.flush();
    ports.failpoint('streams/producer-flushed');
    const ends = await this.#readCells(tasks);
    const committed = consumer.commit(tasks.flatMap(offsetsOf));
    ports.failpoint('streams/offsets-sent');
    await committed;
    ports.failpoint('streams/offsets-committed');
    await this.#writeStores(stores, ends);
    ports.failpoint('streams/checkpoint-written');
    for (const { store } of stores) store.markClean();
    for (const task of tasks) task.hasUncommitted = false;
    metrics.commits++;
    metrics.commitMs = ports.clock.monotonic() - startedAt;
  }

  async #appendChangelog({ store, changelog }: TaskStore): Promise<void> {
    if (changelog === undefined || store.dirtyCount === 0) return;
    const { producer, metrics } = this.#options;
    const writer = this.#writers.get(changelog.topic) ?? (await this.#openWriter(changelog.topic, store));
    metrics.changelogRecords += store.dirtyCount;
    await this.#walk(
      store.appendChanges((key, value, timestamp) => writer.append(key, value, timestamp, changelog.partition)),
      async () => {
        if (producer.isFull) await producer.drained();
      },
    );
  }

  async #openWriter(name: string, store: ManagedStore): Promise<TopicWriter<unknown, unknown>> {
    const key = writeOnly(store.changelogKey);
    const value = writeOnly(store.changelogValue);
    const writer = await this.#options.producer.writer(topic(name, { key, value }));
    this.#writers.set(name, writer);
    return writer;
  }

  /** Puts into the tasks' cells what is committed beside their offsets. */
  async #readCells(tasks: readonly Task[]): Promise<OffsetBounds> {
    const changelogs = tasks.flatMap(task =>
      [...task.stores.values()].flatMap(({ changelog }) => (changelog === undefined ? [] : [changelog])),
    );
    const ends = await OffsetBounds.of(this.#options.consumer, changelogs);
    for (const task of tasks) {
      for (const [name, { store, changelog }] of task.stores) {
        if (store.kind === 'window') task.cells.of('store-start', name).value = store.observedStartMs;
        if (changelog !== undefined) task.cells.of('changelog-end', name).value = ends.end(changelog);
      }
    }
    return ends;
  }

  async #writeStores(stores: readonly TaskStore[], ends: OffsetBounds): Promise<void> {
    const { database, ports } = this.#options;
    if (database === undefined) {
      ports.failpoint('streams/store-written');
      return;
    }
    await database.transaction(async () => {
      for (const { store } of stores) await this.#walk(store.writeChanges());
      ports.failpoint('streams/store-written');
      for (const { table, changelog } of stores) {
        if (table === undefined || changelog === undefined) continue;
        database.writeNote(table, encodeCheckpoint({ topicId: changelog.topicId, offset: ends.end(changelog) }));
      }
    });
  }

  async #walk(pauses: Generator<void>, atPause?: () => Promise<void>): Promise<void> {
    const { clock } = this.#options.ports;
    let sliceStart = clock.monotonic();
    for (const _pause of pauses) {
      await atPause?.();
      if (clock.monotonic() - sliceStart < sliceMs) continue;
      await clock.yield();
      sliceStart = clock.monotonic();
    }
  }
}

function offsetsOf(task: Task): { topic: string; partition: number; offset: number; metadata: string }[] {
  const cells = spreadCells(task.id, task.cells.values(), task.queues.length);
  return task.queues.map((queue, index) => ({
    topic: queue.topic,
    partition: queue.partition,
    offset: queue.position,
    metadata: encodeCommitMetadata({ partitionTime: queue.partitionTime, cells: cells[index]! }),
  }));
}

function writeOnly(writer: { write: Serde<unknown>['write'] }): Serde<unknown> {
  return {
    name: 'changelog',
    write: (value, arena) => writer.write(value, arena),
    read: () => {
      throw new TypeError('a changelog is read by StoreRestore');
    },
  };
}

// A commit of tasks, in the order that makes a crash at any point harmless:
//   1. the changelog of what is dirty, and everything else that was produced, is acknowledged;
//   2. the offsets are committed, and with them the time cells and how far the changelogs count;
//   3. only then the dirty entries go to the disk, with checkpoints, in one transaction.
// Exactly once, 1 and 2 are one transaction of the producer: a crash before its end leaves nothing behind that a reader sees. At least once, a
// crash before 2 leaves changelog records behind that do not count (see StoreRestore). One before 3 leaves a store that follows its changelog
// later. So the disk never holds what was not committed.
// Epochs are ended by whoever calls; nothing may run on these tasks meanwhile, though the event loop gets its turns.

import {
  type Consumer,
  type OffsetToCommit,
  type Ports,
  type Producer,
  type Serde,
  type TopicWriter,
  topic,
} from '../../core/index.js';
import type { ManagedStore } from '../state/managed-store.js';
import type { StateDatabase } from '../state/state-database.js';
import type { ChangelogRetention } from './changelog-retention.js';
import { encodeCommitMetadata, spreadCells } from './commit-metadata.js';
import type { Delivery } from './delivery.js';
import type { MetricsCollector } from './metrics-collector.js';
import { OffsetBounds } from './offset-bounds.js';
import { encodeCheckpoint } from './store-checkpoint.js';
import type { Task, TaskStore } from './task.js';
import type { TopicOutput } from './topic-output.js';

export interface TaskCommitOptions {
  readonly ports: Ports;
  readonly delivery: Delivery;
  /** Looks up the ends of changelogs, whatever is still open in them. */
  readonly lookup: Consumer;
  readonly output: TopicOutput;
  readonly database: StateDatabase | undefined;
  readonly metrics: MetricsCollector;
  readonly retention: ChangelogRetention;
}

/** What one commit is about. */
export interface CommitWork {
  readonly tasks: readonly Task[];
  readonly stores: readonly TaskStore[];
}

const sliceMs = 5;

export class TaskCommit {
  readonly #options: TaskCommitOptions;
  readonly #writers = new Map<string, TopicWriter<unknown, unknown>>();
  /** The producer that the writers are of. */
  #producer: Producer | undefined;

  constructor(options: TaskCommitOptions) {
    this.#options = options;
  }

  get lastCommitMs(): number {
    return this.#options.metrics.commitMs;
  }

  async commit(tasks: readonly Task[]): Promise<void> {
    const { ports, metrics } = this.#options;
    const startedAt = ports.clock.monotonic();
    const stores = tasks.flatMap(task => [...task.stores.values()]);
    await this.settle({ tasks, stores });
    for (const { store } of stores) store.markClean();
    for (const task of tasks) task.hasUncommitted = false;
    metrics.commits++;
    metrics.commitMs = ports.clock.monotonic() - startedAt;
  }

  /** The order that everything rests on. */
  protected async settle(work: CommitWork): Promise<void> {
    await this.flush(work);
    await this.commitOffsets(work);
    await this.writeStores(work);
  }

  protected async flush({ stores }: CommitWork): Promise<void> {
    const { ports, output, delivery } = this.#options;
    for (const each of stores) await this.#appendChangelog(each);
    await delivery.producer.flush();
    ports.failpoint('streams/changelog-flushed');
    await output.flush();
    ports.failpoint('streams/producer-flushed');
  }

  protected async commitOffsets({ tasks }: CommitWork): Promise<void> {
    const { ports, output, delivery } = this.#options;
    await this.#readCells(tasks);
    await delivery.commit(tasks.flatMap(offsetsOf));
    ports.failpoint('streams/offsets-committed');
    output.committed();
  }

  protected async writeStores({ stores, tasks }: CommitWork): Promise<void> {
    const { database, ports } = this.#options;
    if (database !== undefined) {
      await database.transaction(async () => {
        for (const { store } of stores) await this.#walk(store.writeChanges());
        ports.failpoint('streams/store-written');
        for (const task of tasks) this.#writeCheckpoints(task, database);
      });
    } else ports.failpoint('streams/store-written');
    ports.failpoint('streams/checkpoint-written');
  }

  async #appendChangelog({ store, changelog }: TaskStore): Promise<void> {
    if (changelog === undefined || store.dirtyCount === 0) return;
    const { delivery, metrics, retention } = this.#options;
    await retention.cover(store, changelog.topic);
    const { producer } = delivery;
    if (producer !== this.#producer) this.#writers.clear();
    this.#producer = producer;
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
    const writer = await this.#options.delivery.producer.writer(topic(name, { key, value }));
    this.#writers.set(name, writer);
    return writer;
  }

  /** Puts into the tasks' cells what is committed beside their offsets. */
  async #readCells(tasks: readonly Task[]): Promise<void> {
    const changelogs = tasks.flatMap(task =>
      [...task.stores.values()].flatMap(({ changelog }) => (changelog === undefined ? [] : [changelog])),
    );
    const ends = await OffsetBounds.of(this.#options.lookup, changelogs);
    for (const task of tasks) {
      for (const [name, { store, changelog }] of task.stores) {
        if (store.kind === 'window') task.cells.of('store-start', name).value = store.observedStartMs;
        if (changelog !== undefined) task.cells.of('changelog-end', name).value = ends.end(changelog);
      }
    }
  }

  #writeCheckpoints(task: Task, database: StateDatabase): void {
    for (const [name, { table, changelog }] of task.stores) {
      if (table === undefined || changelog === undefined) continue;
      const offset = task.cells.of('changelog-end', name).value;
      const writtenAtMs = this.#options.ports.clock.now();
      database.writeNote(table, encodeCheckpoint({ topicId: changelog.topicId, offset, writtenAtMs }));
    }
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

function offsetsOf(task: Task): OffsetToCommit[] {
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

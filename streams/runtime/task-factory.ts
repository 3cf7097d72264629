// Makes the tasks for the partitions that were assigned: where each goes on, what its cells were, its stores brought up to date.

import type { Consumer, IsolationLevel, Log, TopicPartition } from '../../core/index.js';
import { createStore } from '../state/create-store.js';
import type { ManagedStore } from '../state/managed-store.js';
import type { StateDatabase } from '../state/state-database.js';
import type { StoreSpec } from '../topology/plan.js';
import { decodeCommitMetadata } from './commit-metadata.js';
import { OffsetBounds } from './offset-bounds.js';
import { PartitionQueue } from './partition-queue.js';
import { decodeCheckpoint, type StoreCheckpoint } from './store-checkpoint.js';
import { type RestoreJob, StoreRestore } from './store-restore.js';
import { Task, type TaskStore, type TaskSurroundings } from './task.js';
import { type DraftSource, draftTasks, type TaskDraft } from './task-draft.js';
import type { TopicLayout } from './topic-layout.js';

interface TaskFactoryOptions {
  readonly log: Log;
  readonly layout: TopicLayout;
  readonly database: StateDatabase | undefined;
  readonly surroundings: TaskSurroundings;
  /** Sees the ends of topics in which a transaction is still open. */
  readonly lookup: Consumer;
  /** Changelogs are read as the guarantee wants it. */
  readonly isolationLevel: IsolationLevel;
  readonly startFrom: 'earliest' | 'latest';
  readonly cacheEntriesMax: number | undefined;
  readonly onRestoring: (restored: number, total: number) => void;
}

/** Half of Kafka's delete.retention.ms. */
const checkpointAgeMaxMs = 12 * 3_600_000;

interface Changelogs {
  readonly bounds: OffsetBounds;
  readonly topicIds: ReadonlyMap<string, string>;
}

export class TaskFactory {
  readonly #options: TaskFactoryOptions;

  constructor(options: TaskFactoryOptions) {
    this.#options = options;
  }

  /** `goOn` is asked again and again while stores are restored; false: the tasks are not wanted any more, whatever is returned. */
  async create(assigned: readonly TopicPartition[], consumer: Consumer, goOn: () => Promise<boolean>): Promise<Task[]> {
    const drafts = await draftTasks(this.#options.layout, assigned, consumer);
    const changelogs = await this.#changelogs(drafts);
    const jobs: RestoreJob[] = [];
    const storesOf = new Map<TaskDraft, Map<string, TaskStore>>();
    for (const draft of drafts) {
      const stores = new Map<string, TaskStore>();
      storesOf.set(draft, stores);
      for (const spec of this.#specs(draft))
        stores.set(spec.name, await this.#openStore(draft, spec, changelogs, jobs));
    }
    await this.#restore(jobs, goOn);
    const sources = await OffsetBounds.of(
      consumer,
      drafts.flatMap(draft => draft.sources),
    );
    return drafts.map(draft => this.#task(draft, storesOf.get(draft)!, sources));
  }

  /** Lets the consumer fetch from where the task goes on. */
  start(task: Task, consumer: Consumer): void {
    for (const queue of task.queues) consumer.seek(queue, queue.fetchOffset);
    consumer.resume(task.queues);
  }

  #specs(draft: TaskDraft): StoreSpec[] {
    return this.#options.layout.plan.stores.filter(({ name }) => draft.subTopology.stores.includes(name));
  }

  async #changelogs(drafts: readonly TaskDraft[]): Promise<Changelogs> {
    const { layout, log, lookup } = this.#options;
    const partitions = drafts.flatMap(draft =>
      this.#specs(draft)
        .filter(spec => spec.isLogged)
        .map(spec => ({ topic: layout.changelogName(spec.name), partition: draft.partition })),
    );
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    if (topics.length === 0) return { bounds: await OffsetBounds.of(lookup, []), topicIds: new Map() };
    const admin = log.admin();
    try {
      const described = await admin.describeTopics(topics);
      const topicIds = new Map(described.map(each => [each.name, each.topicId]));
      return { bounds: await OffsetBounds.of(lookup, partitions), topicIds };
    } finally {
      await admin.close();
    }
  }

  async #openStore(draft: TaskDraft, spec: StoreSpec, changelogs: Changelogs, jobs: RestoreJob[]): Promise<TaskStore> {
    const { database, layout } = this.#options;
    const isOnDisk = spec.backing === 'disk' && database !== undefined;
    const table = isOnDisk ? `${draft.subTopology.id}_${draft.partition}/${spec.name}` : undefined;
    if (!spec.isLogged) return { store: this.#createStore(spec, table), changelog: undefined, table };
    const topic = layout.changelogName(spec.name);
    const topicId = changelogs.topicIds.get(topic)!;
    const changelog = { topic, partition: draft.partition, topicId };
    const beginOffset = changelogs.bounds.begin(changelog);
    const endOffset = changelogs.bounds.end(changelog);
    const checkpoint = table === undefined ? undefined : decodeCheckpoint(database!.note(table));
    const isOfTopic =
      checkpoint?.topicId === topicId && checkpoint.offset <= endOffset && checkpoint.offset >= beginOffset;
    const isValid = isOfTopic && (checkpoint.offset === endOffset || this.#isYoung(checkpoint));
    if (table !== undefined && !isValid) await database!.clear(table);
    const fromOffset = isValid ? checkpoint.offset : beginOffset;
    const committedEnd = draft.hasCommitted ? draft.cells.of('changelog-end', spec.name).value : -1;
    const applyUntil = committedEnd >= fromOffset ? Math.min(committedEnd, endOffset) : endOffset;
    const store = this.#createStore(spec, table);
    jobs.push({ store, ...changelog, fromOffset, applyUntil, endOffset, table });
    return { store, changelog, table };
  }

  /** A table that has not followed its changelog for long may have missed a deletion of which nothing is left. */
  #isYoung({ writtenAtMs = Number.NEGATIVE_INFINITY }: StoreCheckpoint): boolean {
    return this.#options.log.ports.clock.now() - writtenAtMs < checkpointAgeMaxMs;
  }

  #createStore(spec: StoreSpec, table: string | undefined): ManagedStore {
    const { database, surroundings, cacheEntriesMax } = this.#options;
    return createStore(spec, {
      isStrict: surroundings.isStrict,
      table: table === undefined ? undefined : database!.table(table),
      ...(cacheEntriesMax !== undefined && { cacheEntriesMax }),
    });
  }

  async #restore(jobs: readonly RestoreJob[], goOn: () => Promise<boolean>): Promise<void> {
    const { log, database, onRestoring, surroundings, isolationLevel } = this.#options;
    const total = jobs.reduce((sum, job) => sum + job.endOffset - job.fromOffset, 0);
    if (total === 0) return;
    onRestoring(0, total);
    const restore = new StoreRestore(log, database, isolationLevel);
    surroundings.metrics.restoredRecords += await restore.run(jobs, async records => {
      onRestoring(records, total);
      return goOn();
    });
    log.ports.failpoint('streams/restored');
  }

  #task(draft: TaskDraft, stores: ReadonlyMap<string, TaskStore>, bounds: OffsetBounds): Task {
    const { surroundings } = this.#options;
    for (const [name, { store }] of stores) {
      const start = draft.cells.of('store-start', name);
      if (store.kind === 'window') store.observedStartMs = start.value;
    }
    const queues = draft.sources.map(source => this.#queue(source, bounds));
    const task = new Task(surroundings, { ...draft, queues, stores });
    // Without a commit nobody could say how much of the changelogs counts.
    task.hasUncommitted = (!draft.hasCommitted && stores.size > 0) || task.dirtyEntries > 0;
    return task;
  }

  #queue(from: DraftSource, bounds: OffsetBounds): PartitionQueue {
    const { log, startFrom } = this.#options;
    const { source, topic, partition, committed } = from;
    const begin = bounds.begin(from);
    const end = bounds.end(from);
    const isKnown = committed !== undefined && committed.offset >= begin && committed.offset <= end;
    const fresh = startFrom === 'latest' && !source.isInternal ? end : begin;
    const position = isKnown ? committed.offset : fresh;
    const queue = new PartitionQueue(source, topic, partition, position, log.ports.compression);
    queue.highWatermark = end;
    queue.partitionTime = decodeCommitMetadata(committed?.metadata ?? '')?.partitionTime ?? -1;
    return queue;
  }
}

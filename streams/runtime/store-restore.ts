// Brings stores up to their changelogs, all at once, batch by batch. Records behind `applyUntil` were written by a run that died before it
// committed: they do not count, and what the store holds instead is written over them with the next commit. So the work that is done again
// after a crash finds the state that belongs to it.

import { type FetchedBatches, type IsolationLevel, type Log, RecordCursor } from '../../core/index.js';
import type { ManagedStore } from '../state/managed-store.js';
import type { StateDatabase } from '../state/state-database.js';
import { encodeCheckpoint } from './store-checkpoint.js';

export interface RestoreJob {
  readonly store: ManagedStore;
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fromOffset: number;
  readonly applyUntil: number;
  readonly endOffset: number;
  /** The name of the table that the store writes to, when it is on disk. */
  readonly table: string | undefined;
}

interface Progress {
  readonly job: RestoreJob;
  offset: number;
}

const sliceMs = 5;

export class StoreRestore {
  readonly #log: Log;
  readonly #database: StateDatabase | undefined;
  readonly #isolationLevel: IsolationLevel;
  readonly #cursor = new RecordCursor();
  #yieldedAt = 0;

  constructor(log: Log, database: StateDatabase | undefined, isolationLevel: IsolationLevel) {
    this.#log = log;
    this.#database = database;
    this.#isolationLevel = isolationLevel;
  }

  /** Resolves to the number of records read. `onProgress` is told that number as it grows, and ends the work by answering false. */
  async run(jobs: readonly RestoreJob[], onProgress: (records: number) => Promise<boolean>): Promise<number> {
    const open = new Map<string, Progress>();
    for (const job of jobs) {
      if (job.fromOffset < job.endOffset) open.set(`${job.topic}-${job.partition}`, { job, offset: job.fromOffset });
    }
    if (open.size === 0) return 0;
    const consumer = this.#log.consumer({
      isolationLevel: this.#isolationLevel,
      fetchMaxBytes: 32 * 1024 * 1024,
      maxPartitionFetchBytes: 4 * 1024 * 1024,
    });
    try {
      consumer.assign(Array.from(open.values(), ({ job }) => job));
      for (const { job } of open.values()) consumer.seek(job, job.fromOffset);
      let records = 0;
      while (open.size > 0) {
        const fetched = await consumer.pollBatches({ waitMs: 500 });
        records += await this.#take(fetched, open);
        for (const [name, { job, offset }] of open) {
          if (offset < job.endOffset) continue;
          open.delete(name);
          consumer.pause([job]);
        }
        if (!(await onProgress(records))) break;
      }
      return records;
    } finally {
      await consumer.close();
    }
  }

  async #take(fetched: readonly FetchedBatches[], open: ReadonlyMap<string, Progress>): Promise<number> {
    let records = 0;
    const database = this.#database;
    if (database === undefined) records = await this.#apply(fetched, open);
    else {
      await database.transaction(async () => {
        records = await this.#apply(fetched, open);
        for (const { job, offset } of open.values()) {
          if (job.table === undefined) continue;
          database.writeNote(
            job.table,
            encodeCheckpoint({ topicId: job.topicId, offset: Math.min(offset, job.applyUntil) }),
          );
        }
      });
    }
    // After the transaction: looking up what a store holds must see what was just restored.
    await this.#walk(fetched, open, (job, offset, cursor, record) => {
      if (offset < job.applyUntil) return;
      job.store.supersede(cursor.bytes, cursor.keyStart(record), cursor.keyEnd(record), cursor.timestamp(record));
    });
    return records;
  }

  async #apply(fetched: readonly FetchedBatches[], open: ReadonlyMap<string, Progress>): Promise<number> {
    let records = 0;
    await this.#walk(fetched, open, (job, offset, cursor, record) => {
      records++;
      if (offset >= job.applyUntil) return;
      job.store.restore(
        cursor.bytes,
        cursor.keyStart(record),
        cursor.keyEnd(record),
        cursor.valueStart(record),
        cursor.valueEnd(record),
        cursor.timestamp(record),
      );
    });
    for (const { topic, partition, nextOffset } of fetched) {
      const progress = open.get(`${topic}-${partition}`);
      if (progress !== undefined) progress.offset = nextOffset;
    }
    return records;
  }

  async #walk(
    fetched: readonly FetchedBatches[],
    open: ReadonlyMap<string, Progress>,
    visit: (job: RestoreJob, offset: number, cursor: RecordCursor, record: number) => void,
  ): Promise<void> {
    const { clock, compression } = this.#log.ports;
    const cursor = this.#cursor;
    for (const { topic, partition, fromOffset, batches } of fetched) {
      const job = open.get(`${topic}-${partition}`)?.job;
      if (job === undefined) continue;
      for (const bytes of batches) {
        for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
          cursor.open(bytes, at, compression);
          for (let record = 0; record < cursor.count && !cursor.isControl; record++) {
            const offset = cursor.offset(record);
            if (offset >= fromOffset && offset < job.endOffset) visit(job, offset, cursor, record);
          }
          if (clock.monotonic() - this.#yieldedAt < sliceMs) continue;
          await clock.yield();
          this.#yieldedAt = clock.monotonic();
        }
      }
    }
  }
}

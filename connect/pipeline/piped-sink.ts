import type { SinkBatch, SinkDefinition, SinkRecord, SinkTask } from '../api/index.js';
import { unfolded } from './errors-record.js';
import { routed } from './routed-record.js';

export interface PipedSinkOptions {
  /** It takes bad records: each is given as one object, unless it writes topics. */
  readonly isErrors: boolean;
  /** It has taken all before this offset, or begins there. */
  delivered(nextOffset: number): void;
}

/** A sink of a pipeline, on its one topic: records have the topics that they came from. */
export function pipedSink(connector: SinkDefinition, { isErrors, delivered }: PipedSinkOptions): SinkDefinition {
  const isUnfolded = isErrors && connector.name !== 'topic-sink';
  const shown = isUnfolded ? (record: SinkRecord) => unfolded(routed(record)) : routed;
  return {
    ...connector,
    async start(config, context) {
      const task = await connector.start(config, context);
      // What is made of a bad record is no longer the object that stands in the bytes.
      return { ...showing(task, shown, delivered), readsFlat: task.readsFlat === true && !isUnfolded };
    },
  };
}

function showing(
  task: SinkTask,
  shown: (record: SinkRecord) => SinkRecord,
  delivered: PipedSinkOptions['delivered'],
): SinkTask {
  return {
    async put(batches: readonly SinkBatch[]) {
      await task.put(batches.map(batch => ({ ...batch, records: batch.records.map(shown) })));
      const last = batches.at(-1)?.records.at(-1);
      if (last !== undefined) delivered(last.offset + 1);
    },
    async open(assigned, committed) {
      const owned = (await task.open?.(assigned, committed)) ?? [];
      const begins = owned[0] ?? committed?.[0];
      if (begins !== undefined) delivered(begins.offset);
      return owned;
    },
    ...(task.preCommit !== undefined && { preCommit: why => task.preCommit!(why) }),
    ...(task.close !== undefined && { close: partitions => task.close!(partitions) }),
    ...(task.stop !== undefined && { stop: () => task.stop!() }),
  };
}

import type { SinkBatch, SinkDefinition, SinkTask } from '../api/index.js';
import { unfolded } from './errors-record.js';

/** A sink of a pipeline. One that takes bad records is given each as one object, unless it writes topics. */
export function pipedSink(connector: SinkDefinition, { isErrors }: { isErrors: boolean }): SinkDefinition {
  if (!isErrors || connector.name === 'topic-sink') return connector;
  return {
    ...connector,
    async start(config, context) {
      const task = await connector.start(config, context);
      return unfolding(task);
    },
  };
}

function unfolding(task: SinkTask): SinkTask {
  return {
    put: (batches: readonly SinkBatch[]) =>
      task.put(batches.map(batch => ({ ...batch, records: batch.records.map(unfolded) }))),
    ...(task.open !== undefined && { open: (assigned, committed) => task.open!(assigned, committed) }),
    ...(task.preCommit !== undefined && { preCommit: why => task.preCommit!(why) }),
    ...(task.close !== undefined && { close: partitions => task.close!(partitions) }),
    ...(task.stop !== undefined && { stop: () => task.stop!() }),
  };
}

import type { SourceContext } from '../api/context.js';
import type { SourceDefinition, SourceTask } from '../api/source.js';
import { readConfig } from './connector-config.js';
import { type ConnectorParts, convertersOf, type PreparedConnector } from './connector-parts.js';
import { DeadLetters } from './dead-letters.js';
import { ensureDeadLetterTopic } from './ensure-topic.js';
import { RecordWriter } from './record-writer.js';
import { sourceRuntimeOptions } from './runtime-options.js';
import { SourceOffsetStore } from './source-offset-store.js';
import { SourceRun } from './source-run.js';
import { taskContext } from './task-context.js';
import type { TaskLife } from './task-supervisor.js';

/** Reads the configuration of a source and plans its tasks. */
export async function prepareSource(
  parts: ConnectorParts,
  connector: SourceDefinition,
  config: Readonly<Record<string, unknown>>,
): Promise<PreparedConnector> {
  const { runtime: read, own } = readConfig({ name: parts.name, config }, sourceRuntimeOptions, connector.config);
  const runtime = parts.topic === undefined ? read : { ...read, topic: parts.topic.name };
  const converters = convertersOf(parts, runtime, connector.converters?.(own));
  const taskConfigs = connector.tasks?.(own, runtime['tasks.max']) ?? [own];
  await ensureDeadLetterTopic(parts.log, runtime);
  let isFinishing = false;

  async function live(id: number, life: TaskLife): Promise<void> {
    const { log, name, meter, gate } = parts;
    const abort = new AbortController();
    const offsets = await SourceOffsetStore.load(log, runtime['offsets.storage.topic'], name);
    const context: SourceContext = {
      ...taskContext({ ...parts, connector: name, task: id, signal: abort.signal }),
      offset: partition => offsets.get(partition),
      offsets: () => offsets.all(),
    };
    const producer = log.producer({ clientId: `connector-producer-${name}-${id}` });
    let task: SourceTask | undefined;
    try {
      const counted = () => void meter.deadLetters++;
      const deadLetters = await DeadLetters.open(producer, {
        ...parts,
        connector: name,
        className: connector.name,
        task: id,
        runtime,
        counted,
      });
      const writer = new RecordWriter({ log, producer, runtime, ...converters, described: parts.topic, deadLetters });
      if (runtime.topic !== undefined) await writer.open(runtime.topic);
      task = await connector.start(taskConfigs[id]!, context);
      life.running();
      const run = { log, runtime, life, abort, task, context, producer, writer, offsets, meter, gate };
      await new SourceRun({ ...run, isFinishing: () => isFinishing }).run();
    } finally {
      await closeQuietly(task, producer);
    }
  }

  return {
    runtime,
    taskCount: taskConfigs.length,
    live,
    beginFinish: async () => {
      isFinishing = true;
    },
  };
}

/** What fails while closing must not hide why it is closed. */
async function closeQuietly(task: SourceTask | undefined, producer: { close(): Promise<void> }): Promise<void> {
  await Promise.resolve(task?.close?.()).catch(() => undefined);
  await producer.close().catch(() => undefined);
}

import type { SourceContext } from '../../api/context.js';
import type { SourceDefinition, SourceTask } from '../../api/source.js';
import type { TransformChain } from '../../transforms/transform-chain.js';
import { ClientLogs } from '../clients/client-logs.js';
import type { ClientOverrides } from '../clients/client-overrides.js';
import type { ConnectorParts, Converters } from '../connector-parts.js';
import type { SourceRuntimeOptions } from '../runtime-options.js';
import { DeadLetters } from '../task/dead-letters.js';
import { retryingChain } from '../task/retrying-chain.js';
import { taskContext } from '../task/task-context.js';
import type { TaskLife } from '../task/task-supervisor.js';
import { AcknowledgedDelivery } from './acknowledged-delivery.js';
import { transactionalId, transactionTimeoutMs } from './exactly-once.js';
import { RecordWriter } from './record-writer.js';
import { SourceOffsetStore } from './source-offset-store.js';
import { SourceRun } from './source-run.js';
import type { TopicCreation } from './topic-creation.js';
import { TransactionalDelivery } from './transactional-delivery.js';

export interface SourceLifeParts extends ConnectorParts {
  readonly connector: SourceDefinition;
  readonly runtime: SourceRuntimeOptions;
  readonly config: Record<string, unknown>;
  readonly converters: Converters;
  readonly chain: TransformChain;
  readonly isExactlyOnce: boolean;
  readonly overrides: ClientOverrides;
  readonly topicCreation: TopicCreation;
  readonly task: number;
  isFinishing(): boolean;
}

/** One life of a source task, from its offsets to its end. */
export async function liveSource(parts: SourceLifeParts, life: TaskLife): Promise<void> {
  const { log, name, runtime, isExactlyOnce, task: id, connector, overrides } = parts;
  const abort = new AbortController();
  await using logs = await ClientLogs.open(parts, overrides, ['producer', 'admin']);
  const producer = logs.of('producer').producer({
    clientId: `connector-producer-${name}-${id}`,
    ...(isExactlyOnce && { transactionTimeoutMs: transactionTimeoutMs(runtime) }),
    ...overrides.producer(),
    ...(isExactlyOnce && { transactionalId: transactionalId(runtime, `${name}-${id}`) }),
  });
  let task: SourceTask | undefined;
  try {
    // First the zombies are fenced, then it is read how far they came.
    if (isExactlyOnce) await producer.initTransactions();
    const offsetLog = await parts.offsetLogs.get(runtime['offsets.storage.topic']);
    const offsets = await SourceOffsetStore.load(offsetLog, name);
    const context: SourceContext = {
      ...taskContext({ ...parts, connector: name, task: id, signal: abort.signal }),
      offset: partition => offsets.get(partition),
      offsets: () => offsets.all(),
    };
    const counted = () => void parts.meter.deadLetters++;
    const letters = { ...parts, connector: name, className: connector.name, task: id, counted };
    const deadLetters = await DeadLetters.open(producer, letters);
    const usesTopic = (topic: string) => parts.usesTopic?.(topic, id);
    const chain = retryingChain(parts.chain, { ports: log.ports, runtime, signal: abort.signal });
    const writer = new RecordWriter({
      ...parts,
      log: logs.of('admin'),
      chain,
      producer,
      described: parts.topic,
      deadLetters,
      usesTopic,
    });
    if (runtime.topic !== undefined) await writer.open(runtime.topic);
    task = await connector.start(parts.config, context);
    life.running();
    const delivered = { ...parts, life, task, producer, writer, offsets, signal: abort.signal };
    const Delivery = isExactlyOnce ? TransactionalDelivery : AcknowledgedDelivery;
    const deliver = (failed: (error: unknown) => void) => new Delivery({ ...delivered, failed });
    await new SourceRun({ ...parts, life, abort, task, context, deliver }).run();
  } finally {
    await closeQuietly(task, producer);
  }
}

/** What fails while closing must not hide why it is closed. */
async function closeQuietly(task: SourceTask | undefined, producer: { close(): Promise<void> }): Promise<void> {
  await Promise.resolve(task?.close?.()).catch(() => undefined);
  await producer.close().catch(() => undefined);
}

import type { Log, Producer } from '../../../core/index.js';
import type { SourceContext } from '../../api/context.js';
import { ConfigError } from '../../api/errors.js';
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
  /** Aborts when the source shall end with what there is. */
  readonly finishing: AbortSignal;
}

/** One life of a source task, from its offsets to its end. */
export async function liveSource(parts: SourceLifeParts, life: TaskLife): Promise<void> {
  const { log, name, runtime, isExactlyOnce, task: id, connector, overrides } = parts;
  const abort = new AbortController();
  await using logs = await ClientLogs.open(parts, overrides, ['producer', 'admin']);
  if (isExactlyOnce) requireOneCluster(log, logs.of('producer'));
  const producer = logs.of('producer').producer({
    clientId: `connector-producer-${name}-${id}`,
    ...(isExactlyOnce && { transactionTimeoutMs: transactionTimeoutMs(runtime) }),
    ...overrides.producer(),
    ...(isExactlyOnce && { transactionalId: transactionalId(runtime, `${name}-${id}`) }),
  });
  // Who may write the records need not be allowed to write the worker's offsets, as in Kafka Connect; a transaction holds both, and has one producer.
  const offsetProducer =
    logs.owns('producer') && !isExactlyOnce ? log.producer({ clientId: `connector-offsets-${name}-${id}` }) : producer;
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
    const delivered = { ...parts, life, task, producer, offsetProducer, writer, offsets, signal: abort.signal };
    const Delivery = isExactlyOnce ? TransactionalDelivery : AcknowledgedDelivery;
    const deliver = (failed: (error: unknown) => void) => new Delivery({ ...delivered, failed });
    await new SourceRun({ ...parts, life, abort, task, context, deliver }).run();
  } finally {
    await closeQuietly(task, new Set([producer, offsetProducer]));
  }
}

/** A transaction cannot reach over two clusters. */
function requireOneCluster(worker: Log, own: Log): void {
  if (own.clusterId === worker.clusterId) return;
  throw new ConfigError(
    'producer.override.bootstrap.servers: exactly once needs records and offsets in one cluster, and the offsets are in that of the worker: leave it out, or run the worker with exactly.once.source.support=disabled',
  );
}

/** What fails while closing must not hide why it is closed. */
async function closeQuietly(task: SourceTask | undefined, producers: ReadonlySet<Producer>): Promise<void> {
  await Promise.resolve(task?.close?.()).catch(() => undefined);
  for (const producer of producers) await producer.close().catch(() => undefined);
}

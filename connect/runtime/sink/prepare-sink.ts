import { bytes, type Consumer, type Producer } from '../../../core/index.js';
import type { SinkContext } from '../../api/context.js';
import type { SinkRecord, TopicOffset } from '../../api/record.js';
import type { SinkDefinition, SinkTask } from '../../api/sink.js';
import { chainOf, type TransformChain } from '../../transforms/transform-chain.js';
import { ClientLogs } from '../clients/client-logs.js';
import { ClientOverrides } from '../clients/client-overrides.js';
import { readConfig } from '../connector-config.js';
import { type ConnectorParts, type Converters, convertersOf, type PreparedConnector } from '../connector-parts.js';
import { ensureDeadLetterTopic } from '../ensure-dead-letter-topic.js';
import { type SinkRuntimeOptions, sinkRuntimeOptions } from '../runtime-options.js';
import { DeadLetters } from '../task/dead-letters.js';
import { retryingChain } from '../task/retrying-chain.js';
import { taskContext } from '../task/task-context.js';
import type { TaskLife } from '../task/task-supervisor.js';
import { CommitRequest } from './commit-request.js';
import type { PartitionLag } from './partition-lag.js';
import { rejectionOf } from './rejection.js';
import { SinkPositions } from './sink-positions.js';
import { SinkReader } from './sink-reader.js';
import { SinkRun, type SinkRunParts } from './sink-run.js';
import { SinkTopics } from './sink-topics.js';
import { SinkTransforms } from './sink-transforms.js';

/** Reads the configuration of a sink and plans its tasks: they share the partitions of its topics as a consumer group. */
export async function prepareSink(
  parts: ConnectorParts,
  connector: SinkDefinition,
  config: Readonly<Record<string, unknown>>,
): Promise<PreparedConnector> {
  const given = parts.topic === undefined ? config : { ...config, topics: [parts.topic.name] };
  const { runtime, own } = readConfig({ name: parts.name, config: given }, sinkRuntimeOptions, connector.config);
  const chain = chainOf(config, parts.plugins);
  const overrides = new ClientOverrides(config);
  const topics = new SinkTopics(parts.log, runtime, lookMsOf(overrides));
  if (parts.awaitsTopics !== true) await topics.requireAll();
  const kinds = ['consumer', 'producer', 'admin'] as const;
  overrides.warn(parts.logger, parts.name, { kinds, connects: parts.connectAs !== undefined });
  await ensureDeadLetterTopic(parts, overrides, runtime);
  const tasksMax = runtime['tasks.max'];
  const taskCount =
    parts.awaitsTopics === true ? tasksMax : Math.max(1, Math.min(tasksMax, (await topics.partitions()).length));
  return new PreparedSink(parts, { connector, runtime, own, config, chain, topics, taskCount, overrides });
}

/** A value that cannot be meant fails the task, not the connector. */
function lookMsOf(overrides: ClientOverrides): number | undefined {
  try {
    return overrides.consumer().metadataMaxAgeMs;
  } catch {
    return undefined;
  }
}

interface SinkPlan {
  readonly connector: SinkDefinition;
  readonly runtime: SinkRuntimeOptions;
  readonly own: Record<string, unknown>;
  /** As it was given. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly chain: TransformChain;
  readonly topics: SinkTopics;
  readonly overrides: ClientOverrides;
  readonly taskCount: number;
}

class PreparedSink implements PreparedConnector {
  readonly runtime: SinkRuntimeOptions;
  readonly taskCount: number;
  readonly own: Readonly<Record<string, unknown>>;
  readonly taskConfigs: readonly Readonly<Record<string, unknown>>[];
  readonly #parts: ConnectorParts;
  readonly #plan: SinkPlan;
  readonly #converters: Converters;
  readonly #reached = new SinkPositions();
  readonly #runs = new Set<SinkRun>();
  #targets: readonly TopicOffset[] | undefined;

  constructor(parts: ConnectorParts, plan: SinkPlan) {
    this.#parts = parts;
    this.#plan = plan;
    this.runtime = plan.runtime;
    this.taskCount = plan.taskCount;
    this.own = plan.own;
    this.taskConfigs = Array.from({ length: plan.taskCount }, () => plan.own);
    this.#converters = convertersOf(parts, plan.config, plan.connector.converters?.(plan.own));
  }

  wake(): void {
    for (const run of this.#runs) run.wake();
  }

  positions(): readonly TopicOffset[] {
    return this.#reached.all();
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return (await Promise.all([...this.#runs].map(run => run.lag()))).flat();
  }

  async beginFinish(): Promise<void> {
    await using admin = this.#parts.log.admin();
    const ends = await admin.listOffsets(await this.#plan.topics.partitions(), 'end');
    this.#targets = ends.filter(end => end !== undefined);
  }

  async live(id: number, life: TaskLife): Promise<void> {
    const { log, name } = this.#parts;
    const { overrides } = this.#plan;
    await using logs = await ClientLogs.open(this.#parts, overrides, ['consumer', 'producer']);
    const clientId = `connector-dlq-producer-${name}-${id}`;
    const topics = this.#topicsOf(logs);
    const producer = logs.of('producer').producer({ clientId, ...overrides.producer() });
    const consumer = this.#consumer(logs, id);
    const abort = new AbortController();
    // Such as a `put` that waits for a database: who heeds the signal of its context ends now, before the log is closed under it.
    const giveUp = () => {
      abort.abort();
      // Else the group would wait for a member that does not poll, up to max.poll.interval.ms, and its successor with it.
      consumer.close().catch(() => undefined);
    };
    life.leftBehind.addEventListener('abort', giveUp);
    let task: SinkTask | undefined;
    let run: SinkRun | undefined;
    try {
      const deadLetters = await this.#deadLetters(producer, id);
      const retry = { ports: log.ports, runtime: this.runtime, signal: life.signal };
      const chain = retryingChain(this.#plan.chain, retry);
      const transforms = new SinkTransforms({ chain, converters: this.#converters, deadLetters });
      const commitRequest = new CommitRequest();
      const originalOf = (record: SinkRecord) => transforms.originalOf(record);
      const reject = rejectionOf({ deadLetters, producer, ...this.#converters, originalOf });
      const context: SinkContext = {
        ...taskContext({ ...this.#parts, connector: name, task: id, signal: abort.signal }),
        reject: async (record, error) => {
          await reject(record, error);
          run?.rejected(record);
        },
        requestCommit: () => {
          commitRequest.make();
          run?.wake();
        },
      };
      task = await this.#plan.connector.start(this.#plan.own, context);
      life.running();
      const clients = { consumer, producer, deadLetters, transforms, commitRequest, topics };
      run = this.#run({ life, task, context, ...clients });
      this.#runs.add(run);
      await run.run();
    } finally {
      abort.abort();
      life.leftBehind.removeEventListener('abort', giveUp);
      if (run !== undefined) this.#runs.delete(run);
      await Promise.resolve(task?.stop?.()).catch(() => undefined);
      await consumer.close().catch(() => undefined);
      await producer.close().catch(() => undefined);
    }
  }

  #consumer(logs: ClientLogs, task: number): Consumer<Uint8Array, Uint8Array> {
    const { log, name, logger } = this.#parts;
    const { overrides } = this.#plan;
    return logs.of('consumer').consumer({
      groupId: overrides.groupId(name),
      clientId: `connector-consumer-${name}-${task}`,
      key: bytes,
      value: bytes,
      autoOffsetReset: 'earliest',
      fetchMaxBytes: 4 * 1024 * 1024,
      // A long poll that finds nothing costs nothing while it is held; a network may drop a connection that is silent for long.
      fetchMaxWaitMs: log.isInProcess === true ? 3_600_000 : 10_000,
      onWarning: ({ message }) => logger.warn(`connector ${name}: ${message}`),
      ...overrides.consumer(),
    });
  }

  /** Those that the consumer sees: as somebody else, or elsewhere, these may be others. */
  #topicsOf(logs: ClientLogs): SinkTopics {
    if (!logs.owns('consumer')) return this.#plan.topics;
    return new SinkTopics(logs.of('consumer'), this.runtime, lookMsOf(this.#plan.overrides));
  }

  #deadLetters(producer: Producer, task: number): Promise<DeadLetters> {
    const { logger, name, meter } = this.#parts;
    const counted = () => void meter.deadLetters++;
    const { runtime } = this;
    return DeadLetters.open(producer, {
      connector: name,
      className: this.#plan.connector.name,
      task,
      runtime,
      logger,
      counted,
      hidden: text => this.#parts.hidden?.(text) ?? text,
    });
  }

  #run(
    own: Pick<
      SinkRunParts,
      'life' | 'task' | 'context' | 'consumer' | 'producer' | 'deadLetters' | 'transforms' | 'commitRequest' | 'topics'
    >,
  ): SinkRun {
    const { log, meter, gate } = this.#parts;
    const keepsFlat = own.task.readsFlat === true && this.#plan.chain.isEmpty;
    const reader = new SinkReader({ ports: log.ports, ...this.#converters, deadLetters: own.deadLetters, keepsFlat });
    const shared = { log, meter, gate, runtime: this.runtime, reader, reached: this.#reached };
    const recordsMax = this.#plan.overrides.consumer().pollRecordsMax;
    const usesTopic = (topic: string) => this.#parts.usesTopic?.(topic, own.context.task);
    return new SinkRun({ ...shared, ...own, recordsMax, usesTopic, targets: () => this.#targets });
  }
}

import { bytes, didYouMean, UsageError } from '../../core/index.js';
import type { SinkContext } from '../api/context.js';
import type { TopicOffset, TopicPartition } from '../api/record.js';
import type { SinkDefinition, SinkTask } from '../api/sink.js';
import { readConfig } from './connector-config.js';
import { type ConnectorParts, convertersOf, type PreparedConnector } from './connector-parts.js';
import { DeadLetters } from './dead-letters.js';
import { ensureDeadLetterTopic } from './ensure-topic.js';
import { rejectionOf } from './rejection.js';
import { type SinkRuntimeOptions, sinkRuntimeOptions } from './runtime-options.js';
import { SinkPositions } from './sink-positions.js';
import { SinkReader } from './sink-reader.js';
import { SinkRun } from './sink-run.js';
import { taskContext } from './task-context.js';
import type { TaskLife } from './task-supervisor.js';

/** Reads the configuration of a sink and plans its tasks: they share the partitions of its topics as a consumer group. */
export async function prepareSink(
  parts: ConnectorParts,
  connector: SinkDefinition,
  config: Readonly<Record<string, unknown>>,
): Promise<PreparedConnector> {
  const given = parts.topic === undefined ? config : { ...config, topics: [parts.topic.name] };
  const { runtime, own } = readConfig({ name: parts.name, config: given }, sinkRuntimeOptions, connector.config);
  const converters = convertersOf(parts, runtime, connector.converters?.(own));
  const partitions = await partitionsOf(parts, runtime);
  await ensureDeadLetterTopic(parts.log, runtime);
  const reached = new SinkPositions();
  let targets: readonly TopicOffset[] | undefined;

  async function live(id: number, life: TaskLife): Promise<void> {
    const { log, name, meter, gate } = parts;
    const producer = log.producer({ clientId: `connector-dlq-producer-${name}-${id}` });
    const consumer = log.consumer({
      groupId: `connect-${name}`,
      clientId: `connector-consumer-${name}-${id}`,
      key: bytes,
      value: bytes,
      autoOffsetReset: 'earliest',
      fetchMaxBytes: 4 * 1024 * 1024,
    });
    const abort = new AbortController();
    let task: SinkTask | undefined;
    try {
      let hasCommitRequest = false;
      const counted = () => void meter.deadLetters++;
      const deadLetters = await DeadLetters.open(producer, {
        ...parts,
        connector: name,
        className: connector.name,
        task: id,
        runtime,
        counted,
      });
      const context: SinkContext = {
        ...taskContext({ ...parts, connector: name, task: id, signal: abort.signal }),
        reject: rejectionOf({ deadLetters, producer, ...converters }),
        requestCommit: () => {
          hasCommitRequest = true;
        },
      };
      task = await connector.start(own, context);
      life.running();
      const reader = new SinkReader({ ports: log.ports, ...converters, deadLetters });
      const run = { log, runtime, life, task, context, consumer, producer, reader, deadLetters, meter, gate, reached };
      const takeCommitRequest = () => hasCommitRequest && !(hasCommitRequest = false);
      await new SinkRun({ ...run, targets: () => targets, takeCommitRequest }).run();
    } finally {
      abort.abort();
      await Promise.resolve(task?.stop?.()).catch(() => undefined);
      await consumer.close().catch(() => undefined);
      await producer.close().catch(() => undefined);
    }
  }

  return {
    runtime,
    taskCount: Math.min(runtime['tasks.max'], partitions.length),
    live,
    beginFinish: async () => {
      await using admin = parts.log.admin();
      const ends = await admin.listOffsets(partitions, 'end');
      targets = ends.filter(end => end !== undefined);
    },
  };
}

/** All partitions of the topics. Throws UsageError for a topic that does not exist. */
async function partitionsOf(
  { log, name }: ConnectorParts,
  runtime: SinkRuntimeOptions,
): Promise<readonly TopicPartition[]> {
  await using admin = log.admin();
  const known = (await admin.listTopics({ withInternal: true })).map(topic => topic.name);
  const missing = runtime.topics.find(topic => !known.includes(topic));
  if (missing !== undefined)
    throw new UsageError(`connector ${name}: topics: there is no topic "${missing}"${didYouMean(missing, known)}`);
  if (runtime.topics.length === 0) throw new UsageError(`connector ${name}: topics: name at least one topic`);
  if (runtime.topics.includes(runtime['errors.deadletterqueue.topic.name'] ?? '')) {
    throw new UsageError(
      `connector ${name}: errors.deadletterqueue.topic.name: the dead letters cannot go to a topic that the connector reads`,
    );
  }
  const topics = await admin.describeTopics(runtime.topics);
  return topics.flatMap(topic => topic.partitions.map(({ partition }) => ({ topic: topic.name, partition })));
}

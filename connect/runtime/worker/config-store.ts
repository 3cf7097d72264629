// The config topic: what it says (`state`), and how it is written, in the order in which Kafka Connect writes it.

import { type Log, type Producer, UsageError } from '../../../core/index.js';
import { ensureTopic } from '../ensure-topic.js';
import { TopicTail } from '../topic-tail.js';
import { ConfigState } from './config-state.js';
import type { RestartOptions } from './worker.js';
import type { ConfigText, TargetState } from './worker-answers.js';

export interface StoredTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export class ConfigStore {
  readonly state = new ConfigState();
  readonly #producer: Producer;
  readonly #topic: string;

  private constructor(producer: Producer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  /** Makes the topic where it is missing, and reads all of it. */
  static async open(log: Log, producer: Producer, topic: StoredTopic): Promise<ConfigStore> {
    await ensureTopic(log, { ...topic, configs: { 'cleanup.policy': 'compact' } });
    const store = new ConfigStore(producer, topic.name);
    await requireOnePartition(log, topic.name);
    const take = (key: Uint8Array | null, value: string | null) => {
      if (key !== null) store.state.apply(Buffer.from(key).toString(), value);
    };
    await new TopicTail(log, topic.name, take).toEnd();
    return store;
  }

  /** `initial`: written first, so that no reader sees the connector in another state. */
  async putConnector(connector: string, config: ConfigText, initial?: TargetState): Promise<void> {
    if (initial !== undefined) await this.putTarget(connector, initial);
    await this.#write(`connector-${connector}`, { properties: config });
  }

  async putTasks(connector: string, tasks: readonly ConfigText[]): Promise<void> {
    await Promise.all(tasks.map((properties, task) => this.#write(`task-${connector}-${task}`, { properties })));
    await this.#write(`commit-${connector}`, { tasks: tasks.length });
  }

  putTarget(connector: string, target: TargetState): Promise<void> {
    const state = target === 'STOPPED' ? 'PAUSED' : target;
    return this.#write(`target-state-${connector}`, { state, 'state.v2': target });
  }

  putRestart(connector: string, { includeTasks, onlyFailed }: RestartOptions): Promise<void> {
    return this.#write(`restart-connector-${connector}`, { 'include-tasks': includeTasks, 'only-failed': onlyFailed });
  }

  putLoggerLevel(namespace: string, level: string): Promise<void> {
    return this.#write(`logger-cluster-${namespace}`, { level });
  }

  async removeConnector(connector: string): Promise<void> {
    await this.#write(`connector-${connector}`, null);
    await this.#write(`target-state-${connector}`, null);
  }

  /** Counts once it is acknowledged. */
  async #write(key: string, value: object | null): Promise<void> {
    const text = value === null ? null : JSON.stringify(value);
    await this.#producer.send(this.#topic, { key, value: text });
    this.state.apply(key, text);
  }
}

/** Its records count in their order, and there is no order between partitions. */
async function requireOnePartition(log: Log, topic: string): Promise<void> {
  await using admin = log.admin();
  const [description] = await admin.describeTopics([topic]);
  const count = description!.partitions.length;
  if (count === 1) return;
  throw new UsageError(
    `config.storage.topic: the topic "${topic}" has ${count} partitions, and the configurations need exactly 1: name another topic`,
  );
}

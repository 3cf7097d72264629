// The status topic: the states of connectors and tasks, and the topics that connectors use, with Kafka Connect's keys and values. What is here is
// known at once; it is written in order behind it, and what cannot be written is logged, as a status is not worth failing for.

import type { Log, Producer } from '../../../core/index.js';
import type { Logger } from '../../api/context.js';
import type { ConnectorState } from '../connector-handle.js';
import { ensureTopic } from '../ensure-topic.js';
import { TopicTail } from '../topic-tail.js';
import type { StoredTopic } from './config-store.js';

export interface StoredStatus {
  readonly state: ConnectorState;
  readonly trace: string | null;
  readonly worker_id: string;
  readonly generation: number;
  readonly version: string | null;
}

export interface StatusStoreParts {
  readonly log: Log;
  readonly producer: Producer;
  readonly logger: Logger;
  readonly topic: StoredTopic;
}

export class StatusStore {
  readonly #parts: StatusStoreParts;
  /** By key. */
  readonly #statuses = new Map<string, StoredStatus>();
  /** By connector, then by topic. */
  readonly #topics = new Map<string, Set<string>>();
  #writing: Promise<void> = Promise.resolve();
  #highestGeneration = 0;

  private constructor(parts: StatusStoreParts) {
    this.#parts = parts;
  }

  /** Makes the topic where it is missing, and reads all of it. */
  static async open(parts: StatusStoreParts): Promise<StatusStore> {
    await ensureTopic(parts.log, { ...parts.topic, configs: { 'cleanup.policy': 'compact' } });
    const store = new StatusStore(parts);
    const take = (key: Uint8Array | null, value: string | null) => {
      if (key !== null) store.#take(Buffer.from(key).toString(), value);
    };
    await new TopicTail(parts.log, parts.topic.name, take).toEnd();
    return store;
  }

  /** Behind that of every worker that has written here before. */
  nextGeneration(): number {
    return this.#highestGeneration + 1;
  }

  connector(name: string): StoredStatus | undefined {
    return this.#statuses.get(connectorKey(name));
  }

  task(name: string, task: number): StoredStatus | undefined {
    return this.#statuses.get(taskKey(name, task));
  }

  putConnector(name: string, status: StoredStatus): void {
    this.#put(connectorKey(name), status);
  }

  putTask(name: string, task: number, status: StoredStatus): void {
    this.#put(taskKey(name, task), status);
  }

  removeTask(name: string, task: number): void {
    if (this.#statuses.delete(taskKey(name, task))) this.#write(taskKey(name, task), null);
  }

  removeConnector(name: string): void {
    for (const task of this.tasksOf(name)) this.removeTask(name, task);
    if (this.#statuses.delete(connectorKey(name))) this.#write(connectorKey(name), null);
    this.forgetTopics(name);
  }

  /** The tasks that there is a status of. */
  tasksOf(name: string): readonly number[] {
    const prefix = `status-task-${name}-`;
    return [...this.#statuses.keys()]
      .filter(key => key.startsWith(prefix) && /^\d+$/.test(key.slice(prefix.length)))
      .map(key => Number(key.slice(prefix.length)))
      .sort((a, b) => a - b);
  }

  topicsOf(name: string): readonly string[] {
    return [...(this.#topics.get(name) ?? [])].sort();
  }

  /** Whether that is news. */
  isNewTopic(name: string, topic: string): boolean {
    return this.#topics.get(name)?.has(topic) !== true;
  }

  putTopic(name: string, task: number, topic: string): void {
    this.#rememberTopic(name, topic);
    const discoverTimestamp = this.#parts.log.ports.clock.now();
    this.#write(topicKey(name, topic), { topic: { name: topic, connector: name, task, discoverTimestamp } });
  }

  forgetTopics(name: string): void {
    for (const topic of this.#topics.get(name) ?? []) this.#write(topicKey(name, topic), null);
    this.#topics.delete(name);
  }

  /** All that was put is written. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #put(key: string, status: StoredStatus): void {
    const known = this.#statuses.get(key);
    if (known !== undefined && sameStatus(known, status)) return;
    this.#statuses.set(key, status);
    this.#write(key, status);
  }

  #write(key: string, value: object | null): void {
    const { producer, logger, topic } = this.#parts;
    const sent = producer.send(topic.name, { key, value: value === null ? null : JSON.stringify(value) });
    const told = sent.then(
      () => undefined,
      (error: Error) => logger.warn(`the status ${key} could not be written: ${error.message}`),
    );
    this.#writing = this.#writing.then(() => told);
  }

  #rememberTopic(name: string, topic: string): void {
    let topics = this.#topics.get(name);
    if (topics === undefined) this.#topics.set(name, (topics = new Set()));
    topics.add(topic);
  }

  #take(key: string, value: string | null): void {
    const parsed = value === null ? null : parsedStatus(value);
    const [, topic, connector] = /^status-topic-(.+?):connector-(.+)$/s.exec(key) ?? [];
    if (topic !== undefined && connector !== undefined) {
      if (value === null) this.#topics.get(connector)?.delete(topic);
      else this.#rememberTopic(connector, topic);
    } else if (/^status-(connector|task)-/.test(key) && parsed !== undefined) {
      if (parsed === null) this.#statuses.delete(key);
      else {
        this.#statuses.set(key, parsed);
        if (Number.isSafeInteger(parsed.generation)) {
          this.#highestGeneration = Math.max(this.#highestGeneration, parsed.generation);
        }
      }
    }
  }
}

function connectorKey(name: string): string {
  return `status-connector-${name}`;
}

function taskKey(name: string, task: number): string {
  return `status-task-${name}-${task}`;
}

function topicKey(name: string, topic: string): string {
  return `status-topic-${topic}:connector-${name}`;
}

function sameStatus(a: StoredStatus, b: StoredStatus): boolean {
  return (
    a.state === b.state &&
    a.trace === b.trace &&
    a.worker_id === b.worker_id &&
    a.generation === b.generation &&
    a.version === b.version
  );
}

function parsedStatus(text: string): StoredStatus | undefined {
  try {
    const parsed = JSON.parse(text) as StoredStatus | null;
    return typeof parsed?.state === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

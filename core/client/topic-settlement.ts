// A cluster's brokers hear of a change one after the other: who has just created a topic may next ask a broker that does not know it yet. So
// changes of topics count as done when every broker that is up has them, which is what a broker in the same process gives at once.

import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { metadata } from '../protocol/03-metadata.js';
import { describeConfigs } from '../protocol/32-describe-configs.js';
import type { ResponseOf } from '../protocol/api.js';
import { anyNode, type NodeConnections } from './node-connections.js';
import { isTransient } from './refusal.js';
import { backoffMs } from './retry.js';

export type TopicSeen = ResponseOf<typeof metadata>['topics'][number];
export type ConfigsSeen = ResponseOf<typeof describeConfigs>['results'][number];

/** The change is made in any case; who waits longer has another problem. */
const settlementMs = 10_000;
const topicResource = 2;

export function isGone({ errorCode }: TopicSeen): boolean {
  return errorCode === kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code;
}

export function isThere(topic: TopicSeen, partitionCountMin = 1): boolean {
  const hasLeaders = topic.partitions.every(({ leaderId }) => leaderId >= 0);
  return topic.errorCode === 0 && topic.partitions.length >= partitionCountMin && hasLeaders;
}

export class TopicSettlement {
  readonly #ports: Ports;
  readonly #nodes: NodeConnections;

  constructor(ports: Ports, nodes: NodeConnections) {
    this.#ports = ports;
    this.#nodes = nodes;
  }

  /** Resolves when each broker sees the topics so, or after 10 s. */
  topics(names: readonly string[], isSettled: (topic: TopicSeen) => boolean): Promise<void> {
    const request = metadata.request({ topics: names.map(name => ({ name })), allowAutoTopicCreation: false });
    return this.#everywhere(async nodeId => {
      const { topics } = await this.#nodes.send(nodeId, metadata, request);
      return topics.every(isSettled);
    });
  }

  /** Resolves when each broker sees the topic's configs so, or after 10 s. */
  configs(topic: string, isSettled: (configs: ConfigsSeen) => boolean): Promise<void> {
    const resource = { resourceType: topicResource, resourceName: topic, configurationKeys: null };
    const request = describeConfigs.request({ resources: [resource] });
    return this.#everywhere(async nodeId => {
      const { results } = await this.#nodes.send(nodeId, describeConfigs, request);
      return results.every(isSettled);
    });
  }

  async #everywhere(isSettled: (nodeId: number) => Promise<boolean>): Promise<void> {
    if (this.#nodes.areInProcess) return;
    const { clock } = this.#ports;
    const endMs = clock.monotonic() + settlementMs;
    const { brokers } = await this.#nodes.send(anyNode, metadata, metadata.request({ topics: [] }));
    let waiting = brokers.map(({ nodeId }) => nodeId);
    for (let attempt = 0; ; attempt++) {
      const seen = await Promise.all(waiting.map(nodeId => isSettled(nodeId).catch(isPassedOver)));
      waiting = waiting.filter((_, index) => !seen[index]);
      const delayMs = backoffMs(attempt, this.#ports);
      if (waiting.length === 0 || clock.monotonic() + delayMs > endMs) return;
      await clock.sleep(delayMs);
    }
  }
}

/** A broker that went down in the meantime learns of everything when it comes back. */
function isPassedOver(error: unknown): true {
  if (isTransient(error)) return true;
  throw error;
}

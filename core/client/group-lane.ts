// Requests to the coordinator of one group, which is found when first needed and again when it has moved. A lane is a connection of
// its own: a JoinGroup is held by the coordinator until the others have joined, and must not hold up heartbeats and commits.

import { WorldFault } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrorName } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { findCoordinator } from '../protocol/10-find-coordinator.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import { anyNode, NodeConnections } from './node-connections.js';
import type { ConnectOptions, Place } from './place.js';
import { refusal, requireSuccess } from './refusal.js';
import { type RetryOptions, withRetries } from './retry.js';

const hasMoved: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE']);

export class GroupLane {
  readonly groupId: string;
  readonly #ports: Ports;
  readonly #nodes: NodeConnections;
  #coordinator: number | undefined;

  constructor(ports: Ports, place: Place, groupId: string, options: ConnectOptions = {}) {
    this.#ports = ports;
    this.#nodes = new NodeConnections(place, options);
    this.groupId = groupId;
  }

  /** `codesOf` are the error codes of an answer; those that speak of the coordinator are dealt with here, all others are the caller's. */
  send<A extends Api>(
    api: A,
    request: RequestOf<A>,
    codesOf: (answer: ResponseOf<A>) => Iterable<number>,
    options: RetryOptions = {},
  ): Promise<ResponseOf<A>> {
    return withRetries(this.#ports, options, async () => {
      this.#coordinator ??= await this.#find();
      try {
        const answer = await this.#nodes.send(this.#coordinator, api, request);
        for (const code of codesOf(answer)) this.#requireCoordinator(code);
        return answer;
      } catch (error) {
        if (error instanceof WorldFault) this.#coordinator = undefined;
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  async #find(): Promise<number> {
    const { groupId } = this;
    const request = findCoordinator.request({ coordinatorKeys: [groupId] });
    const answer = await this.#nodes.send(anyNode, findCoordinator, request);
    const found = answer.coordinators.find(({ key }) => key === groupId) ?? answer;
    requireSuccess(found.errorCode, `finding the coordinator of group "${groupId}"`, found.errorMessage);
    return found.nodeId;
  }

  #requireCoordinator(code: number): void {
    const name = kafkaErrorName(code);
    if (hasMoved.has(name)) this.#coordinator = undefined;
    else if (name !== 'COORDINATOR_LOAD_IN_PROGRESS') return;
    if (code !== 0) throw refusal(code, `group "${this.groupId}"`);
  }
}

// Requests to the coordinator of one group or transactional id, which is found when first needed and again when it has moved. A lane is
// a connection of its own, so that what one coordinator holds back holds up nothing else.

import type { Ports } from '../ports/ports.js';
import { findCoordinator } from '../protocol/10-find-coordinator.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import { isMovedCoordinator } from './error-treatment.js';
import { anyNode, NodeConnections } from './node-connections.js';
import type { ConnectOptions, Place } from './place.js';
import { requireSuccess } from './refusal.js';
import { type RetryOptions, withRetries } from './retry.js';

export interface Coordinated {
  readonly kind: 'group' | 'transactional id';
  readonly id: string;
}

export interface AskOptions extends RetryOptions {
  readonly versionMax?: number | undefined;
}

const keyTypes = { group: 0, 'transactional id': 1 } as const;

export class CoordinatorLane {
  readonly #ports: Ports;
  readonly #nodes: NodeConnections;
  readonly #coordinated: Coordinated;
  #coordinator: number | undefined;

  constructor(ports: Ports, place: Place, coordinated: Coordinated, options: ConnectOptions = {}) {
    this.#ports = ports;
    this.#nodes = new NodeConnections(place, options);
    this.#coordinated = coordinated;
  }

  /** `read` throws what the answer refuses: it is asked again, of a new coordinator where it has moved, as long as that may help. */
  ask<A extends Api, T>(
    api: A,
    request: RequestOf<A>,
    read: (answer: ResponseOf<A>) => T,
    options: AskOptions = {},
  ): Promise<T> {
    const { versionMax } = options;
    return withRetries(this.#ports, options, async () => {
      this.#coordinator ??= await this.#find();
      try {
        return read(await this.#nodes.send(this.#coordinator, api, request, { versionMax }));
      } catch (error) {
        if (isMovedCoordinator(error)) this.#coordinator = undefined;
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  async #find(): Promise<number> {
    const { kind, id } = this.#coordinated;
    const request = findCoordinator.request({ keyType: keyTypes[kind], coordinatorKeys: [id] });
    const answer = await this.#nodes.send(anyNode, findCoordinator, request);
    const found = answer.coordinators.find(({ key }) => key === id) ?? answer;
    requireSuccess(found.errorCode, `finding the coordinator of ${kind} "${id}"`, found.errorMessage);
    return found.nodeId;
  }
}

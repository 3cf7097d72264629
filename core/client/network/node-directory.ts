// Who is where: the brokers of a cluster by their ids, learned from answers as they pass by. Metadata and DescribeCluster name all of them, the
// others some. Clients speak of node ids only.

import { produce } from '../../protocol/00-produce.js';
import { fetch } from '../../protocol/01-fetch.js';
import { metadata } from '../../protocol/03-metadata.js';
import { findCoordinator } from '../../protocol/10-find-coordinator.js';
import { describeCluster } from '../../protocol/60-describe-cluster.js';
import type { Api, ResponseOf } from '../../protocol/api.js';
import { addressText, type BrokerAddress } from './broker-address.js';

interface Endpoint extends BrokerAddress {
  readonly nodeId: number;
}

export class NodeDirectory {
  #nodes = new Map<number, BrokerAddress>();

  find(nodeId: number): BrokerAddress | undefined {
    return this.#nodes.get(nodeId);
  }

  /** Each address once. */
  addresses(): BrokerAddress[] {
    return [...new Map([...this.#nodes.values()].map(address => [addressText(address), address])).values()];
  }

  /** Takes what an answer says of brokers. */
  learn(api: Api, response: unknown): void {
    if (api.key === metadata.key) this.#replace((response as ResponseOf<typeof metadata>).brokers);
    else if (api.key === describeCluster.key) {
      const { brokers } = response as ResponseOf<typeof describeCluster>;
      this.#replace(brokers.map(each => ({ ...each, nodeId: each.brokerId })));
    } else if (api.key === findCoordinator.key) {
      const answer = response as ResponseOf<typeof findCoordinator>;
      this.#add(answer.coordinators.length === 0 ? [answer] : answer.coordinators);
    } else if (api.key === produce.key || api.key === fetch.key) {
      this.#add((response as ResponseOf<typeof produce | typeof fetch>).nodeEndpoints);
    }
  }

  /** The answer names all brokers that are up; who is not named is not forgotten while nobody is. */
  #replace(endpoints: readonly Endpoint[]): void {
    if (!endpoints.some(isUsable)) return;
    this.#nodes = new Map();
    this.#add(endpoints);
  }

  #add(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) {
      if (isUsable(endpoint)) this.#nodes.set(endpoint.nodeId, { host: endpoint.host, port: endpoint.port });
    }
  }
}

function isUsable({ nodeId, host, port }: Endpoint): boolean {
  return nodeId >= 0 && port > 0 && port <= 0xffff && /^[\w.:%-]+$/.test(host);
}

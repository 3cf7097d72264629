// The connections of a producer to one leader. A broker takes the next request of a connection only when the one before it is done, so much goes
// over all of them, and little over the first, in as few requests as can be.

import type { NodeConnections } from './node-connections.js';
import type { PartitionQueue } from './partition-queue.js';
import type { ProduceLane } from './produce-lane.js';

const requestsInFlightMax = 5;
/** When so much is under way over the first lane, the others are used too, until nothing is under way. */
const busyBytes = 256 * 1024;

export class LeaderLanes {
  readonly #lanes: readonly ProduceLane[];
  /** Over so many of them. */
  #usedCount = 1;
  readonly #turns = new WeakMap<PartitionQueue, number>();
  #turnCount = 0;

  constructor(leader: number, nodes: readonly NodeConnections[]) {
    this.#lanes = nodes.map(nodes => ({ leader, nodes, requestsInFlight: 0, bytes: 0 }));
  }

  /**
   * Where the next batch of the queue may go now, if anywhere. It never overtakes those of its own that are in flight: one that is to go over
   * another lane than they do waits for their answers.
   */
  laneFor(queue: PartitionQueue): ProduceLane | undefined {
    if (this.#lanes[0]!.bytes >= busyBytes) this.#usedCount = this.#lanes.length;
    else if (this.#lanes.every(({ bytes }) => bytes === 0)) this.#usedCount = 1;
    const lane = this.#lanes[this.#turnOf(queue) % this.#usedCount]!;
    const { lane: last, inFlight } = queue;
    if (inFlight.length > 0 && last !== lane && last?.leader === lane.leader) return undefined;
    return lane.requestsInFlight < requestsInFlightMax ? lane : undefined;
  }

  /** The queues of one leader take turns over its lanes. */
  #turnOf(queue: PartitionQueue): number {
    let turn = this.#turns.get(queue);
    if (turn === undefined) this.#turns.set(queue, (turn = this.#turnCount++));
    return turn;
  }
}

// Has the log lost what this consumer read (KIP-320)? An election among replicas that were behind, or a disk that was lost, can cut a
// log that consumers have read further already; the offsets behind the cut then come again, for other records. So when the leader of a partition
// has another epoch than the one the position was found with, the leader is asked where the epoch of the last record read
// ended there. If that is before the position, the log was truncated.

import { ProtocolError } from '../base/errors.js';
import { offsetForLeaderEpoch } from '../protocol/23-offset-for-leader-epoch.js';
import type { ResponseOf } from '../protocol/api.js';
import { fetchFault } from './fetch-answer.js';
import { groupBy } from './group-by.js';
import type { NodeConnections } from './node-connections.js';
import type { PartitionState } from './partition-state.js';
import { refusal } from './refusal.js';

type EpochEnd = ResponseOf<typeof offsetForLeaderEpoch>['topics'][number]['partitions'][number];

export interface ValidationWay {
  readonly nodes: NodeConnections;
  /** The log ends before the position. `divergesAt` is undefined when the leader knows nothing of the position's epoch. */
  readonly truncated: (state: PartitionState, divergesAt: number | undefined) => void;
  /** The partition's leader is another one by now, or will be. */
  readonly stale: (state: PartitionState) => void;
}

/** Needed before the next fetch? Where either side has no epochs there is nothing to compare. */
export function mustValidate(state: PartitionState, leaderEpoch: number): boolean {
  if (state.leaderEpoch === leaderEpoch) return false;
  const isComparable = state.fetchEpoch >= 0 && leaderEpoch >= 0;
  // Who leads an epoch never cuts what it wrote in it.
  if (isComparable && state.fetchEpoch !== leaderEpoch) return true;
  state.leaderEpoch = leaderEpoch;
  return false;
}

/** Asks one leader. Rejects when there is no answer. */
export async function validatePositions(
  way: ValidationWay,
  leader: number,
  states: readonly { readonly state: PartitionState; readonly leaderEpoch: number }[],
): Promise<void> {
  const versions = new Map(states.map(({ state }) => [state, state.version]));
  const request = offsetForLeaderEpoch.request({
    replicaId: -1,
    topics: [...groupBy(states, ({ state }) => state.topic)].map(([topic, group]) => ({
      topic,
      partitions: group.map(({ state, leaderEpoch }) => ({
        partition: state.partition,
        currentLeaderEpoch: leaderEpoch,
        leaderEpoch: state.fetchEpoch,
      })),
    })),
  });
  const answers = await ask(way.nodes, leader, request);
  for (const { state, leaderEpoch } of states) {
    if (state.version !== versions.get(state)) continue; // somebody has set another position meanwhile
    const answer = answers?.get(`${state.topic}-${state.partition}`);
    if (answers === undefined) state.leaderEpoch = leaderEpoch;
    else if (answer === undefined) way.stale(state);
    else judge(way, state, leaderEpoch, answer);
  }
}

/** undefined from a broker that is too old to say. */
async function ask(
  nodes: NodeConnections,
  leader: number,
  request: Parameters<typeof nodes.send<typeof offsetForLeaderEpoch>>[2],
): Promise<ReadonlyMap<string, EpochEnd> | undefined> {
  try {
    const answer = await nodes.send(leader, offsetForLeaderEpoch, request);
    return new Map(
      answer.topics.flatMap(({ topic, partitions }) => partitions.map(one => [`${topic}-${one.partition}`, one])),
    );
  } catch (error) {
    if (error instanceof ProtocolError && error.kind === 'UNSUPPORTED_VERSION') return undefined;
    throw error;
  }
}

function judge(way: ValidationWay, state: PartitionState, leaderEpoch: number, answer: EpochEnd): void {
  const fault = fetchFault(answer.errorCode);
  if (fault === 'fatal') throw refusal(answer.errorCode, `checking the position in ${state.topic}-${state.partition}`);
  if (fault !== undefined) way.stale(state);
  else if (answer.endOffset < 0 || answer.leaderEpoch < 0) way.truncated(state, undefined);
  else if (answer.endOffset < state.fetchOffset) way.truncated(state, answer.endOffset);
  else state.leaderEpoch = leaderEpoch;
}

// Finds out where to begin: at the committed offset, else where `autoOffsetReset` says.

import { ProtocolError, UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import type { CommittedOffset, OffsetReset } from './consumer-options.js';
import type { GroupLane } from './group-lane.js';
import { fetchCommitted, type MemberFacts } from './group-offsets.js';
import { LogTruncationError } from './log-truncation-error.js';
import { endTimestamp, type LookupWay, lookUpOffsets, startTimestamp } from './offset-lookup.js';
import type { PartitionState, PositionSource } from './partition-state.js';

export interface PositionWay extends LookupWay {
  readonly groupLane: GroupLane | undefined;
  readonly reset: OffsetReset;
  /** Under the consumer protocol. */
  readonly member?: MemberFacts | undefined;
}

const isAnotherMember: ReadonlySet<string> = new Set([
  'STALE_MEMBER_EPOCH',
  'UNKNOWN_MEMBER_ID',
  'FENCED_MEMBER_EPOCH',
]);

/** Gives every state that needs one a position. A seek that comes in between wins. */
export async function lookUpPositions(
  ports: Ports,
  way: PositionWay,
  states: readonly PartitionState[],
): Promise<void> {
  await way.cluster.requirePartitions(states, way);
  await fromCommitted(way, from('committed', states));
  for (const state of from('policy', states)) state.lookUp(policySource(way.reset, state));
  await fromLog(ports, way, from('start', states), startTimestamp);
  await fromLog(ports, way, from('end', states), endTimestamp);
}

/** The position that was asked for is not in the log any more, or not yet. */
export function resetPosition(reset: OffsetReset, state: PartitionState, offset: number): void {
  if (reset === 'none') {
    throw new ProtocolError(
      'OFFSET_OUT_OF_RANGE',
      `${state.topic}-${state.partition} does not hold offset ${offset}, and autoOffsetReset is 'none': seek to where to go on`,
    );
  }
  state.lookUp(policySource(reset, state));
}

/** What was read behind `divergesAt` is not in the log any more: the position goes back to where the log and what was read part. */
export function truncatePosition(reset: OffsetReset, state: PartitionState, divergesAt: number | undefined): void {
  if (reset === 'none') throw new LogTruncationError(state, state.fetchOffset, divergesAt);
  if (divergesAt === undefined) state.lookUp(policySource(reset, state));
  else state.jumpTo(divergesAt);
}

async function fromCommitted(way: PositionWay, states: readonly PartitionState[]): Promise<void> {
  if (states.length === 0) return;
  const versions = states.map(state => state.version);
  const committed = way.groupLane === undefined ? [] : await committedFor(way.groupLane, states, way);
  if (committed === undefined) return;
  const found = new Map(committed.map(one => [`${one.topic}-${one.partition}`, one]));
  states.forEach((state, at) => {
    if (state.version !== versions[at]) return;
    const position = found.get(`${state.topic}-${state.partition}`);
    if (position === undefined) state.lookUp('policy');
    else state.jumpTo(position.offset, position.leaderEpoch);
  });
}

/** undefined when the member is another one by now: the next poll knows more. */
async function committedFor(
  lane: GroupLane,
  states: readonly PartitionState[],
  way: PositionWay,
): Promise<readonly CommittedOffset[] | undefined> {
  try {
    return await fetchCommitted(lane, states, way);
  } catch (error) {
    if (way.member === undefined || !(error instanceof ProtocolError) || !isAnotherMember.has(error.kind)) throw error;
    return undefined;
  }
}

async function fromLog(
  ports: Ports,
  way: PositionWay,
  states: readonly PartitionState[],
  timestamp: number,
): Promise<void> {
  if (states.length === 0) return;
  const versions = states.map(state => state.version);
  const offsets = await lookUpOffsets(ports, way, states, timestamp);
  states.forEach((state, at) => {
    if (state.version === versions[at]) state.jumpTo(offsets[at]!.offset, offsets[at]!.leaderEpoch);
  });
}

function from(source: PositionSource, states: readonly PartitionState[]): readonly PartitionState[] {
  return states.filter(state => state.source === source);
}

function policySource(reset: OffsetReset, { topic, partition }: PartitionState): PositionSource {
  if (reset === 'earliest') return 'start';
  if (reset === 'latest') return 'end';
  const what = `nothing is committed for ${topic}-${partition}`;
  throw new UsageError(`${what}, and autoOffsetReset is 'none': seek, or commit an offset first`);
}

// The groups' part of the admin client: who is in a group, what it has committed, how far behind it is.

import { ProtocolError, UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import { didYouMean } from '../base/nearest-word.js';
import type { Ports } from '../ports/ports.js';
import { describeGroups } from '../protocol/15-describe-groups.js';
import { listGroups } from '../protocol/16-list-groups.js';
import { deleteGroups } from '../protocol/42-delete-groups.js';
import { offsetDelete } from '../protocol/47-offset-delete.js';
import { describeCluster } from '../protocol/60-describe-cluster.js';
import type { ResponseOf } from '../protocol/api.js';
import type { GroupDescription, GroupListing, GroupMember, GroupOffset } from './admin-types.js';
import { decodeAssignment } from './assignors/consumer-protocol.js';
import type { ClusterView } from './cluster-view.js';
import type { CommittedOffset, OffsetToCommit } from './consumer-options.js';
import { describeConsumerGroup } from './describe-consumer-group.js';
import { groupBy } from './group-by.js';
import { GroupLane } from './group-lane.js';
import { commitOffsets, fetchCommitted, noMember } from './group-offsets.js';
import { anyNode, type NodeConnections } from './node-connections.js';
import { endTimestamp, lookUpOffsets } from './offset-lookup.js';
import type { Place } from './place.js';
import { refusal, requireSuccess } from './refusal.js';
import { withRetries } from './retry.js';
import type { TopicPartition } from './topic.js';

type GroupAnswer = ResponseOf<typeof describeGroups>['groups'][number];

const consumerProtocol = 'consumer';
const nonEmpty = kafkaErrors.NON_EMPTY_GROUP.code;
const stopMembers = 'it has members: stop them first (one that died is out of the group after its session timeout)';

export class AdminGroups {
  readonly #ports: Ports;
  readonly #place: Place;
  readonly #way: { readonly nodes: NodeConnections; readonly cluster: ClusterView };
  readonly #lanes = new Map<string, GroupLane>();

  constructor(ports: Ports, place: Place, way: { nodes: NodeConnections; cluster: ClusterView }) {
    this.#ports = ports;
    this.#place = place;
    this.#way = way;
  }

  /** Of all brokers, sorted by id. */
  async list(): Promise<readonly GroupListing[]> {
    return withRetries(this.#ports, {}, async () => {
      const { brokers } = await this.#way.nodes.send(anyNode, describeCluster, describeCluster.request());
      const listings: GroupListing[] = [];
      for (const { brokerId } of brokers) {
        const answer = await this.#way.nodes.send(brokerId, listGroups, listGroups.request());
        requireSuccess(answer.errorCode, 'listing groups');
        for (const { groupId, groupState: state, protocolType } of answer.groups) {
          listings.push({ groupId, state, protocolType });
        }
      }
      return listings.sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
    });
  }

  async describe(groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    const descriptions: GroupDescription[] = [];
    for (const groupId of groupIds) descriptions.push(await this.#describe(groupId));
    return descriptions;
  }

  async delete(groupIds: readonly string[]): Promise<void> {
    for (const groupId of groupIds) {
      const request = deleteGroups.request({ groupsNames: [groupId] });
      const { results } = await this.#lane(groupId).send(deleteGroups, request, answer =>
        answer.results.map(({ errorCode }) => errorCode),
      );
      const code = results[0]?.errorCode ?? 0;
      if (code === kafkaErrors.GROUP_ID_NOT_FOUND.code) throw await this.#unknownGroup(groupId);
      requireSuccess(code, `deleting group "${groupId}"`, code === nonEmpty ? stopMembers : null);
    }
  }

  async alterOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    const strange = offsets.find(({ offset }) => !Number.isSafeInteger(offset) || offset < 0);
    if (strange !== undefined) {
      const { topic, partition, offset } = strange;
      throw new UsageError(`${offset} is no offset for ${topic}-${partition}: give a whole number from 0 on`);
    }
    await this.#way.cluster.requirePartitions(offsets);
    try {
      await commitOffsets(this.#lane(groupId), noMember, offsets);
    } catch (error) {
      // What brokers answer who is no member while there are some.
      if (!(error instanceof ProtocolError && error.kind === 'UNKNOWN_MEMBER_ID')) throw error;
      throw refusal(nonEmpty, `moving the offsets of group "${groupId}"`, stopMembers);
    }
  }

  async deleteOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    const topics = [...groupBy(partitions, ({ topic }) => topic)].map(([name, of]) => ({
      name,
      partitions: of.map(({ partition }) => ({ partitionIndex: partition })),
    }));
    const request = offsetDelete.request({ groupId, topics });
    const answer = await this.#lane(groupId).send(offsetDelete, request, ({ errorCode }) => [errorCode]);
    if (answer.errorCode === kafkaErrors.GROUP_ID_NOT_FOUND.code) throw await this.#unknownGroup(groupId);
    requireSuccess(answer.errorCode, `deleting offsets of group "${groupId}"`);
    for (const { name, partitions: of } of answer.topics) {
      for (const { partitionIndex, errorCode } of of) {
        const isRead = errorCode === kafkaErrors.GROUP_SUBSCRIBED_TO_TOPIC.code;
        const hint = isRead ? 'members of the group read this topic: stop them first' : null;
        requireSuccess(errorCode, `deleting the offset of ${name}-${partitionIndex} of group "${groupId}"`, hint);
      }
    }
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes.values()) await lane.close();
  }

  async #describe(groupId: string): Promise<GroupDescription> {
    const lane = this.#lane(groupId);
    const classic = await this.#describeClassic(lane);
    // Brokers call a group Dead that they never heard of, and some do so of one of the newer protocol.
    const isKnown = classic !== undefined && classic.state !== 'Dead';
    const group = isKnown ? classic : ((await describeConsumerGroup(lane)) ?? classic);
    const committed = group === undefined ? [] : await fetchCommitted(lane, null);
    if (group === undefined || (group.state === 'Dead' && committed.length === 0)) {
      throw await this.#unknownGroup(groupId);
    }
    return { ...group, offsets: await this.#offsets(group.members, committed) };
  }

  async #describeClassic(lane: GroupLane): Promise<Omit<GroupDescription, 'offsets'> | undefined> {
    const { groupId } = lane;
    const request = describeGroups.request({ groups: [groupId] });
    const answer = await lane.send(describeGroups, request, ({ groups }) => groups.map(({ errorCode }) => errorCode));
    const group = answer.groups[0]!;
    if (group.errorCode === kafkaErrors.GROUP_ID_NOT_FOUND.code) return undefined;
    requireSuccess(group.errorCode, `describing group "${groupId}"`);
    const { groupState: state, protocolType, protocolData: protocol } = group;
    return { groupId, state, protocolType, protocol, members: group.members.map(member => memberOf(member, group)) };
  }

  async #offsets(
    members: readonly GroupMember[],
    committed: readonly CommittedOffset[],
  ): Promise<readonly GroupOffset[]> {
    const owners = new Map<string, string>();
    const partitions = new Map<string, TopicPartition>();
    for (const { memberId, partitions: owned } of members) {
      for (const partition of owned) {
        owners.set(keyOf(partition), memberId);
        partitions.set(keyOf(partition), partition);
      }
    }
    const offsets = new Map(committed.map(offset => [keyOf(offset), offset]));
    for (const offset of committed) partitions.set(keyOf(offset), offset);
    // A group may have offsets of topics that were deleted since.
    const existing = new Set((await this.#way.cluster.all()).map(({ name }) => name));
    const wanted = [...partitions.values()].filter(({ topic }) => existing.has(topic)).sort(byTopicThenPartition);
    const ends = await lookUpOffsets(this.#ports, this.#way, wanted, endTimestamp);
    return ends.map(({ topic, partition, offset: endOffset }) => {
      const key = keyOf({ topic, partition });
      const found = offsets.get(key);
      return {
        topic,
        partition,
        committedOffset: found?.offset ?? -1,
        metadata: found?.metadata ?? '',
        endOffset,
        lag: Math.max(0, endOffset - (found?.offset ?? 0)),
        memberId: owners.get(key) ?? null,
      };
    });
  }

  #lane(groupId: string): GroupLane {
    let lane = this.#lanes.get(groupId);
    if (lane === undefined) {
      lane = new GroupLane(this.#ports, this.#place, groupId);
      this.#lanes.set(groupId, lane);
    }
    return lane;
  }

  async #unknownGroup(groupId: string): Promise<UsageError> {
    const others = (await this.list()).map(listing => listing.groupId);
    const hint = didYouMean(groupId, others) || '; there are no groups yet';
    const cause = refusal(kafkaErrors.GROUP_ID_NOT_FOUND.code, `group "${groupId}"`);
    return new UsageError(`group "${groupId}" does not exist${hint}`, { cause });
  }
}

function memberOf(member: GroupAnswer['members'][number], group: GroupAnswer): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost: host, memberAssignment } = member;
  const isConsumer = group.protocolType === consumerProtocol;
  return {
    memberId,
    groupInstanceId,
    clientId,
    host,
    partitions: isConsumer ? decodeAssignment(memberAssignment).partitions : [],
  };
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function byTopicThenPartition(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

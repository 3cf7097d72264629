import { type Group, metadataOf } from './group.js';
import type { DescribedGroup, ListGroupsCommand, ListGroupsReply } from './groups-command.js';

const noBytes = new Uint8Array(0);

/** State and members of a group. Who runs what is told only while it is stable, as Kafka does: between generations it means nothing. */
export function describeGroup(groupId: string, group: Group | undefined): DescribedGroup {
  if (group === undefined) {
    return { errorCode: 0, groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] };
  }
  const isStable = group.state.kind === 'Stable';
  const members = [...group.members.values()].map(member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: isStable ? metadataOf(member, group.protocol) : noBytes,
    memberAssignment: isStable ? member.assignment : noBytes,
  }));
  const protocolData = isStable ? (group.protocol ?? '') : '';
  const { protocolType } = group;
  return { errorCode: 0, groupId, groupState: group.state.kind, protocolType, protocolData, members };
}

export function listGroups(groups: Iterable<Group>, command: ListGroupsCommand): ListGroupsReply {
  const states = new Set(command.statesFilter.map(state => state.toLowerCase()));
  const types = new Set(command.typesFilter.map(type => type.toLowerCase()));
  const listed: ListGroupsReply['groups'][number][] = [];
  if (types.size > 0 && !types.has('classic')) return { groups: listed };
  for (const { groupId, protocolType, state } of groups) {
    if (states.size > 0 && !states.has(state.kind.toLowerCase())) continue;
    listed.push({ groupId, protocolType, groupState: state.kind, groupType: 'classic' });
  }
  return { groups: listed };
}

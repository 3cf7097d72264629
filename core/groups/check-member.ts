import type { KafkaErrorName } from '../base/kafka-errors.js';
import type { Group } from './group.js';

/** Whether the member belongs to the group, and is still the one that holds its instance id (KIP-345). */
export function checkMember(
  group: Group,
  { memberId, groupInstanceId }: { readonly memberId: string; readonly groupInstanceId: string | null },
): KafkaErrorName | undefined {
  if (groupInstanceId === null) return group.members.has(memberId) ? undefined : 'UNKNOWN_MEMBER_ID';
  const holder = group.memberOfInstance(groupInstanceId);
  if (holder === undefined) return 'UNKNOWN_MEMBER_ID';
  return holder.memberId === memberId ? undefined : 'FENCED_INSTANCE_ID';
}

/** The same for a member that also names its generation. */
export function checkGeneration(
  group: Group,
  member: { readonly memberId: string; readonly groupInstanceId: string | null; readonly generationId: number },
): KafkaErrorName | undefined {
  return checkMember(group, member) ?? (member.generationId === group.generation ? undefined : 'ILLEGAL_GENERATION');
}

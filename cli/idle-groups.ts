import type { Admin, GroupDescription } from '../core/index.js';
import { InvalidInput } from './exit-code.js';

/** Describes the groups. Throws InvalidInput for one that has members: they would not hear of the change, and commit over it. */
export async function idleGroups(admin: Admin, names: readonly string[]): Promise<readonly GroupDescription[]> {
  const groups = await admin.describeGroups(names);
  for (const { groupId, members } of groups) {
    if (members.length === 0) continue;
    const who = members.map(({ clientId, host }) => `${clientId || 'a client'} at ${host.replace(/^\//, '')}`);
    const some = who.length > 3 ? `${who.slice(0, 3).join(', ')} and ${who.length - 3} more` : who.join(', ');
    throw new InvalidInput(
      `group "${groupId}" has members (${some}): stop them first; one that died is out of the group after its session timeout (45 s by default)`,
    );
  }
  return groups;
}

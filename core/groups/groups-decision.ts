// How a shell drives the groups machine:
//
//   const decision = machine.decide(command, now);      changes nothing
//   append(decision.records);                           if that fails: drop the machine, replay the log into a new one, `reopen`
//   machine.accept(decision);                           at once: applies the records, and takes over what is volatile
//   perform(decision.effects);                          timers at once; answers as the reply
//   when all that was appended so far is committed: answer with decision.reply (undefined: parked, an `answer` effect follows later)
//
// Replies and `answer` effects wait for the commit also when their own decision has no records: what they tell may rest on a
// record of the decision before. On replay the shell calls `apply(record)` alone.

import type { Group } from './group.js';
import type { GroupsCommand, GroupsReplies, JoinGroupReply, SyncGroupReply } from './groups-command.js';
import type { GroupsRecord } from './groups-record.js';

export interface GroupsDecision<K extends GroupsCommand['kind'] = GroupsCommand['kind']> {
  readonly records: readonly GroupsRecord[];
  /** undefined: parked (joins and syncs only), or a command of the shell's own. */
  readonly reply: GroupsReplies[K] | undefined;
  readonly effects: readonly GroupsEffect[];
  /** The volatile part, for `accept` only. */
  readonly events: readonly GroupsEvent[];
}

export type GroupsEffect =
  /** Answers a request that was parked before. */
  | { readonly kind: 'answer'; readonly requestId: number; readonly reply: JoinGroupReply | SyncGroupReply }
  /** Replaces the group's one timer: send `advance-time` at that time, after requests that have already arrived. */
  | { readonly kind: 'set-timer'; readonly groupId: string; readonly atMs: number };

export type GroupsEvent =
  | { readonly kind: 'heartbeat-received'; readonly groupId: string; readonly memberId: string; readonly nowMs: number }
  | { readonly kind: 'group-changed'; readonly group: Group };

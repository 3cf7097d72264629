// What members of groups that live in this process need not ask for: others learn it by heartbeats and metadata requests. Nothing rests on it but the
// cost of waiting: a member that is not told, or whose heartbeat is not taken here, asks like any other.

import type { GroupsCommand } from '../groups/groups-command.js';
import type { MemberTicks } from './member-ticks.js';

type HeartbeatCommand = Extract<GroupsCommand, { readonly kind: 'heartbeat' }>;

export interface GroupNewsParts {
  readonly ticks: MemberTicks;
  topicsVersion(): number;
  beat(heartbeat: HeartbeatCommand): boolean;
}

export class GroupNews {
  readonly #parts: GroupNewsParts;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(parts: GroupNewsParts) {
    this.#parts = parts;
  }

  /** Another number whenever a topic has come, gone or changed. */
  get topicsVersion(): number {
    return this.#parts.topicsVersion();
  }

  /** Calls `heard` whenever the group waits for its members to join, until the function that this returns is called. */
  subscribe(groupId: string, heard: () => void): () => void {
    const listeners = this.#listeners.get(groupId) ?? new Set();
    this.#listeners.set(groupId, listeners.add(heard));
    return () => {
      if (listeners.delete(heard) && listeners.size === 0) this.#listeners.delete(groupId);
    };
  }

  tell(groupId: string): void {
    for (const heard of [...(this.#listeners.get(groupId) ?? [])]) heard();
  }

  /** Calls `heard` now and then, for all members at the same times, until the function that this returns is called. */
  everyTick(heard: () => void): () => void {
    return this.#parts.ticks.subscribe(heard);
  }

  close(): void {
    this.#parts.ticks.close();
  }

  /** A heartbeat without a request. False where there is more to say than that all is well. */
  beat(groupId: string, member: Omit<HeartbeatCommand, 'kind' | 'groupId'>): boolean {
    return this.#parts.beat({ kind: 'heartbeat', groupId, ...member });
  }
}

/** Tells members that live in this process when their group begins to rebalance: others learn of it by their next heartbeat. */
export class GroupNews {
  readonly #listeners = new Map<string, Set<() => void>>();

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
}

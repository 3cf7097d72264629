// A broker deletes what is old by its own clock. Windows are old by the clock of the events: those of a replay from 2001 are past every retention the
// moment they are written, and a task that moves to another instance would find its open windows gone. So before windows far behind the
// broker's clock are written to their changelog, its retention.ms is raised to cover them. It is never lowered: other instances may be behind still.

import { type Admin, type Clock, ProtocolError, UsageError } from '../../core/index.js';
import type { ManagedStore } from '../state/managed-store.js';

const dayMs = 86_400_000;
/** Kafka Streams' windowstore.changelog.additional.retention.ms: how much longer than its store a changelog keeps windows. */
const allowanceMs = dayMs;

/** The `retention.ms` of the changelog of windows that are as old as the clock says. */
export function windowChangelogRetentionMs(storeRetentionMs: number): number {
  return storeRetentionMs + allowanceMs;
}

export class ChangelogRetention {
  readonly #admin: Admin;
  readonly #clock: Clock;
  /** What the topics are known to have, Infinity for ever. */
  readonly #retentionMs = new Map<string, number>();

  constructor(admin: Admin, clock: Clock) {
    this.#admin = admin;
    this.#clock = clock;
  }

  /** To be called before changes of the store are written. Throws UsageError where the topic's retention may be neither seen nor raised. */
  async cover(store: ManagedStore, topic: string): Promise<void> {
    if (store.kind !== 'window' || store.dirtyCount === 0 || store.retentionMs === Number.MAX_SAFE_INTEGER) return;
    const lagMs = this.#clock.now() - store.observedStartMs;
    // Half of the allowance is for what stays as it is while time goes on: an application that is stopped.
    if (lagMs <= allowanceMs / 2) return;
    const neededMs = store.retentionMs + lagMs + allowanceMs / 2;
    if (neededMs <= (this.#retentionMs.get(topic) ?? 0)) return;
    const raisedMs = windowChangelogRetentionMs(store.retentionMs) + roundedUp(lagMs);
    await this.#raise(topic, { neededMs, raisedMs }).catch(error => refused(error, topic, lagMs));
  }

  async #raise(topic: string, { neededMs, raisedMs }: { neededMs: number; raisedMs: number }): Promise<void> {
    const configs = new Map((await this.#admin.describeConfigs(topic)).map(({ name, value }) => [name, value]));
    const deletes = configs.get('cleanup.policy')?.split(',').includes('delete') ?? true;
    const presentMs = deletes ? Number(configs.get('retention.ms') ?? -1) : -1;
    const isEnough = presentMs < 0 || presentMs >= neededMs;
    const retentionMs = isEnough ? presentMs : raisedMs;
    if (!isEnough) await this.#admin.alterConfigs(topic, { 'retention.ms': String(retentionMs) });
    this.#retentionMs.set(topic, retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs);
  }
}

/** Whole days, a power of two: instances that are about as far behind ask for the same. */
function roundedUp(lagMs: number): number {
  return 2 ** Math.ceil(Math.log2(lagMs / dayMs + 1)) * dayMs;
}

const refusals = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'POLICY_VIOLATION', 'INVALID_CONFIG'];

function refused(error: unknown, topic: string, lagMs: number): never {
  if (!(error instanceof ProtocolError) || !refusals.includes(error.kind)) throw error;
  const days = Math.round(lagMs / dayMs);
  throw new UsageError(
    `the events are ${days} days old, and the broker would delete their windows from ${topic} by its retention.ms: set that to -1, or allow this application to alter the topic's configs (${error.message})`,
    { cause: error },
  );
}

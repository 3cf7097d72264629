import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';
import type { AssignorName, PartitionAssignor } from './assignors/partition-assignor.js';
import type { ConsumerOptions, IsolationLevel, OffsetReset } from './consumer-options.js';
import type { FetchSettings } from './fetcher.js';
import type { MembershipSettings } from './group-membership.js';
import type { HeartbeatSettings } from './heartbeat-membership.js';
import type { Place } from './place.js';

/** The options with their defaults, checked. */
export interface ConsumerSettings extends FetchSettings, MembershipSettings, HeartbeatSettings {
  readonly groupId: string | undefined;
  readonly autoOffsetReset: OffsetReset;
  readonly pollRecordsMax: number;
  readonly defaultApiTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly autoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  readonly assignors: readonly (AssignorName | PartitionAssignor)[];
  readonly groupProtocol: 'classic' | 'consumer';
}

const resets: readonly OffsetReset[] = ['earliest', 'latest', 'none'];
const isolationLevels: readonly IsolationLevel[] = ['read_uncommitted', 'read_committed'];
const groupProtocols = ['classic', 'consumer'] as const;
const defaultAssignors: readonly AssignorName[] = ['range', 'cooperative-sticky'];

/** What an embedded log hands over was never outside of this process and its files, which it checks itself. */
export function consumerSettings(
  options: Omit<ConsumerOptions, 'topics' | 'key' | 'value'>,
  { url, groupNews }: Pick<Place, 'url' | 'groupNews'>,
): ConsumerSettings {
  const { groupId, autoOffsetReset = 'latest' } = options;
  if (groupId === '') throw new UsageError('the groupId is empty: give the group a name, or leave it out');
  requireOneOf('autoOffsetReset', autoOffsetReset, resets);
  const { isolationLevel = 'read_uncommitted' } = options;
  requireOneOf('isolationLevel', isolationLevel, isolationLevels);
  if (options.groupInstanceId !== undefined && groupId === undefined) {
    throw new UsageError('a groupInstanceId needs a groupId');
  }
  const { groupProtocol = 'classic', groupRemoteAssignor } = options;
  requireOneOf('groupProtocol', groupProtocol, groupProtocols);
  requireFitting(groupProtocol, options);
  const settings = {
    groupId,
    groupProtocol,
    groupRemoteAssignor,
    autoOffsetReset,
    autoCommit: options.autoCommit ?? true,
    groupInstanceId: options.groupInstanceId ?? null,
    assignors: options.assignors ?? defaultAssignors,
    isolationLevel,
    checkCrcs: options.checkCrcs ?? !/^(file|memory):/.test(url),
    ...numbers(options, groupNews !== undefined),
  };
  if (settings.heartbeatIntervalMs >= settings.sessionTimeoutMs) {
    throw new UsageError('heartbeatIntervalMs must be smaller than sessionTimeoutMs: a third of it is usual');
  }
  return settings;
}

/** Who decides what: an option that would do nothing is told. */
function requireFitting(
  protocol: 'classic' | 'consumer',
  options: Omit<ConsumerOptions, 'topics' | 'key' | 'value'>,
): void {
  const brokers = ['assignors', 'sessionTimeoutMs', 'heartbeatIntervalMs'] as const;
  const unfit = protocol === 'consumer' ? brokers : (['groupRemoteAssignor'] as const);
  for (const option of unfit) {
    if (options[option] === undefined) continue;
    throw new UsageError(
      `the consumer option ${option} does nothing with groupProtocol '${protocol}': leave one of them out`,
    );
  }
}

function requireOneOf(option: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw new UsageError(`${option} "${String(value)}" is none${didYouMean(value, known)}`);
}

const defaults = {
  fetchMinBytes: 1,
  fetchMaxBytes: 16 * 1024 * 1024,
  // Four times what Java takes: what a fetch costs beside its bytes counts a quarter as much. Beyond it the bytes leave the processor's cache.
  maxPartitionFetchBytes: 4 * 1024 * 1024,
  fetchMaxWaitMs: 500,
  pollRecordsMax: 500,
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 3_000,
  maxPollIntervalMs: 300_000,
  defaultApiTimeoutMs: 60_000,
  metadataMaxAgeMs: 30_000,
  autoCommitIntervalMs: 5_000,
};

function numbers(options: Partial<typeof defaults>, isTold: boolean): typeof defaults {
  const settings = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value = options[name] ?? defaults[name];
    if (!Number.isFinite(value) || value < 0)
      throw new UsageError(`the consumer option ${name} is ${value}: give a number`);
    settings[name] = value;
  }
  // A member that is told of rebalances only has to show that it is alive.
  if (isTold && options.heartbeatIntervalMs === undefined)
    settings.heartbeatIntervalMs = Math.min(settings.sessionTimeoutMs, settings.maxPollIntervalMs) / 3;
  return settings;
}

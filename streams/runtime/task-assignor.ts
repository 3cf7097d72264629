// Shares an application's tasks between its instances, through the consumer group (cooperative: an instance goes on with what it keeps).
// Balanced, first over all tasks and within that over each sub-topology; and nobody loses a task that need not move. What moves is given to
// nobody in this round: its owner commits it, closes it and joins again, and the next round gives it away.

import type {
  GroupAssignment,
  MemberSubscription,
  PartitionAssignor,
  RebalanceProtocol,
  TopicPartition,
} from '../../core/index.js';
import type { AssignmentUnit, UnitGroup } from './assignment-units.js';

interface Instance {
  readonly memberId: string;
  readonly owned: ReadonlySet<string>;
  readonly given: AssignmentUnit[];
  load: number;
}

export class TaskAssignor implements PartitionAssignor {
  readonly name = 'millrace-tasks';
  readonly protocols: readonly RebalanceProtocol[] = ['cooperative'];
  /** Between asking to join and being assigned: offsets cannot be committed then. */
  isJoining = false;
  readonly #units: (partitionCounts: ReadonlyMap<string, number>) => readonly UnitGroup[];

  constructor(units: (partitionCounts: ReadonlyMap<string, number>) => readonly UnitGroup[]) {
    this.#units = units;
  }

  subscriptionUserData(): null {
    this.isJoining = true;
    return null;
  }

  onAssignment(): void {
    this.isJoining = false;
  }

  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
    return shareTasks(this.#units(partitionCounts), members);
  }
}

/** The shares of one round. Members of a generation before the last have nothing any more, whatever they say. */
export function shareTasks(groups: readonly UnitGroup[], members: readonly MemberSubscription[]): GroupAssignment {
  const generation = Math.max(...members.map(({ generationId }) => generationId));
  const instances = [...members]
    .sort((a, b) => compare(a.groupInstanceId ?? a.memberId, b.groupInstanceId ?? b.memberId))
    .map(({ memberId, owned, generationId }): Instance => {
      const current = generationId === generation ? owned : [];
      return { memberId, owned: new Set(current.map(nameOf)), given: [], load: 0 };
    });
  for (const units of groups) shareGroup(units, instances);
  return new Map(
    instances.map(instance => [instance.memberId, { partitions: free(instance, instances).flatMap(partitionsOf) }]),
  );
}

function shareGroup(units: UnitGroup, instances: readonly Instance[]): void {
  const owners = new Map(units.map(unit => [unit, ownerOf(unit, instances)]));
  const room = quotas(units, instances, owners);
  const give = (unit: AssignmentUnit, to: Instance) => {
    room.set(to, room.get(to)! - 1);
    to.given.push(unit);
    to.load += unit.weight;
    owners.delete(unit);
  };
  for (const unit of units) {
    const owner = owners.get(unit);
    if (owner !== undefined && room.get(owner)! > 0) give(unit, owner);
  }
  for (const unit of units) if (owners.has(unit)) give(unit, instances.find(each => room.get(each)! > 0)!);
}

/** How many units each instance gets: the next always goes to whoever has least to do, and among equals to one that would keep it. */
function quotas(
  units: UnitGroup,
  instances: readonly Instance[],
  owners: ReadonlyMap<AssignmentUnit, Instance | undefined>,
): Map<Instance, number> {
  const counts = new Map(instances.map(instance => [instance, 0]));
  const kept = new Map(instances.map(instance => [instance, 0]));
  const loads = new Map(instances.map(instance => [instance, instance.load]));
  for (const owner of owners.values()) if (owner !== undefined) kept.set(owner, kept.get(owner)! + 1);
  const keepsNext = (instance: Instance) => (counts.get(instance)! < kept.get(instance)! ? 0 : 1);
  for (const unit of units) {
    // An instance that owns a unit of its own weight (all that is time-ordered) keeps it: moving it would not balance anything.
    const next = instances.reduce((best, each) =>
      (loads.get(each)! - loads.get(best)! || keepsNext(each) - keepsNext(best)) < 0 ? each : best,
    );
    counts.set(next, counts.get(next)! + 1);
    loads.set(next, loads.get(next)! + unit.weight);
  }
  return counts;
}

function ownerOf(unit: AssignmentUnit, instances: readonly Instance[]): Instance | undefined {
  let owner: Instance | undefined;
  let most = 0;
  for (const instance of instances) {
    const count = unit.partitions.filter(each => instance.owned.has(nameOf(each))).length;
    if (count > most) {
      owner = instance;
      most = count;
    }
  }
  return owner;
}

/** What no other instance still has a part of. */
function free(instance: Instance, instances: readonly Instance[]): AssignmentUnit[] {
  return instance.given.filter(unit =>
    unit.partitions.every(each => instances.every(other => other === instance || !other.owned.has(nameOf(each)))),
  );
}

function partitionsOf(unit: AssignmentUnit): readonly TopicPartition[] {
  return unit.partitions;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { type Refusal, refusal } from './refusal.js';

/** The replicas of each new partition, leader first: round the brokers, starting one further for each partition. */
export function placeReplicas(
  brokerIds: readonly number[],
  { partitionCount, replicationFactor, from }: { partitionCount: number; replicationFactor: number; from: number },
): number[][] {
  const sorted = [...brokerIds].sort((a, b) => a - b);
  return Array.from({ length: partitionCount }, (_, index) =>
    Array.from({ length: replicationFactor }, (_, replica) => sorted[(from + index + replica) % sorted.length]!),
  );
}

/** Why a person's own placement cannot be. */
export function refusePlacement(
  placed: readonly (readonly number[])[],
  brokers: { has(brokerId: number): boolean },
): Refusal | undefined {
  const size = placed[0]?.length ?? 0;
  for (const replicas of placed) {
    const unknown = replicas.find(brokerId => !brokers.has(brokerId));
    const found =
      (replicas.length === 0 && 'a partition has no replica') ||
      (replicas.length !== size && 'the partitions have different numbers of replicas') ||
      (new Set(replicas).size !== replicas.length && `a partition has two replicas on one broker: ${replicas}`) ||
      (unknown !== undefined && `there is no broker ${unknown}`);
    if (found !== false) return refusal('INVALID_REPLICA_ASSIGNMENT', found);
  }
  return undefined;
}

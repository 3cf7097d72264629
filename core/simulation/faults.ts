/** Everything that can go wrong in a run. Each is counted when it has happened, so that a test can say that it did. */
export const faultNames = [
  'kill',
  'crash',
  'death inside of an operation',
  'lost write',
  'torn write',
  'flipped bit',
  'lost rename',
  'flush failed',
  'write failed',
  'read failed',
  'disk full',
  'disk full in a roll or a checkpoint',
  'damaged index',
  'damaged snapshot',
  'damaged checkpoint',
  'lost answer',
  'lost request',
] as const;
export type FaultName = (typeof faultNames)[number];

export class FaultCounts {
  private readonly counts = new Map<FaultName, number>(faultNames.map(name => [name, 0]));

  count(name: FaultName, by = 1): void {
    this.counts.set(name, this.counts.get(name)! + by);
  }

  get(name: FaultName): number {
    return this.counts.get(name)!;
  }
}

// Bugs put in on purpose: each invariant is shown to catch the one that it is there for.

import { SimulatedDisk } from '../../core/simulation/disk.js';
import type { SimulatedFile } from '../../core/simulation/simulated-file.js';
import type { PartitionView } from './history.js';

const plantedBugs = [
  'flush-does-nothing',
  'metadata-flush-does-nothing',
  'ledger-flush-does-nothing',
  'client-sends-twice',
  'value-is-garbled',
  'reader-skips-a-record',
  'member-drops-a-record',
  'old-segment-is-lost',
  'reader-ignores-aborts',
  'zombie-writes-anyway',
] as const;
export type PlantedBug = (typeof plantedBugs)[number];

/** Answers that the log files are on disk, and has written nothing. */
class LyingDisk extends SimulatedDisk {
  liesAbout = (path: string): boolean => path.endsWith('.log') && !path.includes('__cluster_metadata');

  override flush(path: string, file: SimulatedFile, upTo: number): void {
    if (!this.liesAbout(path)) super.flush(path, file, upTo);
  }
}

/** Forgets the oldest segment of a log when its directory is listed, as a recovery that trusts nothing but the newest would. */
class ForgetfulDisk extends SimulatedDisk {
  override list(path: string): readonly string[] {
    const names = super.list(path);
    const segments = names.filter(name => name.endsWith('.log'));
    if (segments.length < 2) return names;
    const oldest = segments[0]!.slice(0, -'.log'.length);
    return names.filter(name => !name.startsWith(oldest));
  }
}

export function plantedDisk(
  bug: PlantedBug | undefined,
  options: ConstructorParameters<typeof SimulatedDisk>[0],
): SimulatedDisk {
  if (bug === 'old-segment-is-lost') return new ForgetfulDisk(options);
  if (bug?.endsWith('flush-does-nothing') !== true) return new SimulatedDisk(options);
  const disk = new LyingDisk(options);
  // The topic that transactions write loses what was acknowledged; what the coordinator knows of them stays.
  if (bug === 'ledger-flush-does-nothing') disk.liesAbout = path => path.endsWith('.log') && path.includes('/ledger-');
  if (bug === 'metadata-flush-does-nothing') disk.liesAbout = path => path.includes('__cluster_metadata');
  return disk;
}

export function skippingRecord(view: PartitionView): PartitionView {
  const isKept = (_: unknown, index: number) => index !== 1;
  const ledger = view.ledger && {
    ...view.ledger,
    partitions: view.ledger.partitions.map(each => ({ ...each, committed: each.committed.filter(isKept) })),
  };
  return { ...view, ledger, records: view.records.filter(isKept) };
}

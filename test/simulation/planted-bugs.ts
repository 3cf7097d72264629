// Bugs put in on purpose: each invariant is shown to catch the one that it is there for.

import type { DiskFile } from '../../core/ports/disk.js';
import type { PartitionView } from './history.js';
import { SimulatedDisk } from './ports/disk.js';

export const plantedBugs = [
  'flush-does-nothing',
  'client-sends-twice',
  'value-is-garbled',
  'reader-skips-a-record',
  'old-segment-is-lost',
] as const;
export type PlantedBug = (typeof plantedBugs)[number];

/** Answers that all is on disk, and has written nothing. */
export class LyingDisk extends SimulatedDisk {
  override open(path: string, mode: 'read' | 'create'): DiskFile {
    return { ...super.open(path, mode), flush: () => Promise.resolve(), flushNow: () => undefined };
  }
}

/** Forgets the oldest segment of a log when its directory is listed, as a recovery that trusts nothing but the newest would. */
export class ForgetfulDisk extends SimulatedDisk {
  override list(path: string): readonly string[] {
    const names = super.list(path);
    const segments = names.filter(name => name.endsWith('.log'));
    if (segments.length < 2) return names;
    const oldest = segments[0]!.slice(0, -'.log'.length);
    return names.filter(name => !name.startsWith(oldest));
  }
}

export function skippingRecord(view: PartitionView): PartitionView {
  return { ...view, records: view.records.filter((_, index) => index !== 1) };
}

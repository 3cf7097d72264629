// The files of a partition's directory beside its segments: `partition.metadata`, producer snapshots, and what waits to be deleted.

import type { Timer } from '../ports/clock.js';
import type { Disk } from '../ports/disk.js';
import type { Ports } from '../ports/ports.js';
import { fileNameOffset, offsetFileName, segmentSuffixes, suffixes } from './file-names.js';
import { encodeSnapshot } from './producer-snapshot.js';
import type { ProducerState } from './producer-state.js';
import type { Segment } from './segment.js';

/** Snapshots kept beside those at the segments' base offsets: the newest may speak of batches that a crash then takes. */
const extraSnapshots = 2;

export class PartitionFiles {
  private readonly ports: Ports;
  private readonly directory: string;
  private readonly condemned = new Map<Segment, Timer>();

  constructor(ports: Ports, directory: string) {
    this.ports = ports;
    this.directory = directory;
  }

  /** Makes the directory and says whose it is, if that has not been done. */
  prepare(topicId: string): void {
    const { disk } = this.ports;
    disk.makeDirectory(this.directory);
    const path = `${this.directory}/partition.metadata`;
    if (!disk.exists(path)) disk.replaceFile(path, Buffer.from(`version: 0\ntopic_id: ${topicId}\n`));
  }

  writeSnapshot(producers: ProducerState, offset: number): void {
    const path = `${this.directory}/${offsetFileName(offset, suffixes.snapshot)}`;
    this.ports.disk.replaceFile(path, encodeSnapshot(producers));
  }

  /** Removes the snapshots that no recovery would begin with. */
  pruneSnapshots(segments: readonly Segment[]): void {
    const { disk } = this.ports;
    const bases = new Set(segments.map(segment => segment.baseOffset));
    const offsets = disk.list(this.directory).map(name => fileNameOffset(name, suffixes.snapshot));
    const extra = offsets.filter(offset => offset !== undefined && !bases.has(offset));
    for (const offset of extra.slice(0, -extraSnapshots)) {
      disk.removeFile(`${this.directory}/${offsetFileName(offset!, suffixes.snapshot)}`);
    }
  }

  /** Renames the files of the segments at once; they are gone after `delayMs`, when no reader can be in them any more. */
  condemn(segments: readonly Segment[], delayMs: number): void {
    const { disk, clock } = this.ports;
    for (const segment of segments) {
      for (const path of segmentPaths(segment)) if (disk.exists(path)) disk.rename(path, path + suffixes.deleted);
      const timer = clock.setTimer(delayMs, () => this.remove(segment), { isBackground: true });
      this.condemned.set(segment, timer);
    }
    if (segments.length > 0) disk.flushDirectory(this.directory);
  }

  /** Deletes what is still waiting for it. */
  close(): void {
    for (const segment of [...this.condemned.keys()]) this.remove(segment);
  }

  private remove(segment: Segment): void {
    const { disk } = this.ports;
    this.condemned.get(segment)?.cancel();
    this.condemned.delete(segment);
    segment.close();
    for (const path of segmentPaths(segment)) {
      removeIfPossible(disk, path + suffixes.deleted);
    }
  }
}

/** What cannot be removed now is, when the log is opened again. */
function removeIfPossible(disk: Disk, path: string): void {
  try {
    if (disk.exists(path)) disk.removeFile(path);
  } catch {
    // Nobody waits for it.
  }
}

function segmentPaths(segment: Segment): readonly string[] {
  return segmentSuffixes.map(suffix => segment.path(suffix));
}

/** The topic id in `partition.metadata`; undefined when the file is missing or damaged. */
export function readTopicId({ disk }: Ports, directory: string): string | undefined {
  const path = `${directory}/partition.metadata`;
  if (!disk.exists(path)) return undefined;
  return /^topic_id: (\S+)$/m.exec(Buffer.from(disk.readFile(path)).toString())?.[1];
}

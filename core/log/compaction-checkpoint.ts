// How far a log is compacted: a file of ours in the partition's directory, as Kafka has nothing that says where offsets may be missing.

import type { Ports } from '../ports/ports.js';
import { formatEntries, parseEntries } from './checkpoint-text.js';

export class CompactionCheckpoint {
  /** Below, batches may be missing, from before the first of them goes. */
  gapsBelow = 0;
  /** Up to there every key has been compacted with those before it. */
  firstDirtyOffset = 0;
  private readonly ports: Ports;
  private readonly path: string;

  constructor(ports: Ports, directory: string) {
    this.ports = ports;
    this.path = `${directory}/compaction-checkpoint`;
    if (!ports.disk.exists(this.path)) return;
    const row = parseEntries(ports.disk.readFile(this.path), 2)?.[0];
    // Of a damaged one only this is certain: batches may be missing.
    this.gapsBelow = row === undefined ? Number.MAX_SAFE_INTEGER : Number(row[0]);
    this.firstDirtyOffset = row === undefined ? 0 : Number(row[1]);
  }

  /** Durable when it returns. */
  save(changes: { readonly gapsBelow?: number; readonly firstDirtyOffset?: number }): void {
    this.gapsBelow = Math.max(this.gapsBelow, changes.gapsBelow ?? 0);
    this.firstDirtyOffset = changes.firstDirtyOffset ?? this.firstDirtyOffset;
    this.ports.disk.replaceFile(this.path, formatEntries([[this.gapsBelow, this.firstDirtyOffset]]));
  }
}

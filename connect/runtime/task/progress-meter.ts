import type { SourceBatch } from '../../api/record.js';
import { canonicalJson } from '../canonical-json.js';
import type { ConnectorProgress } from '../connector-handle.js';

/** Counts what has gone through a connector, all tasks together. */
export class ProgressMeter {
  records = 0;
  deadLetters = 0;
  /** At a sink. */
  bytes = 0;
  /** How much is there, at a sink that finishes; undefined while it is not known. */
  fraction: number | undefined;
  readonly #sources = new Map<string, NonNullable<SourceBatch['progress']>>();

  /** A source's batch was acknowledged. */
  acknowledged({ partition, records, progress }: SourceBatch): void {
    this.records += records.length;
    if (progress !== undefined) this.#sources.set(progress.of ?? canonicalJson(partition), progress);
  }

  snapshot(): ConnectorProgress {
    const sources = [...this.#sources.values()];
    const read = sources.reduce((sum, source) => sum + source.bytes, 0);
    const known = sources.every(source => source.bytesTotal !== undefined);
    const total = known ? sources.reduce((sum, source) => sum + source.bytesTotal!, 0) : 0;
    return {
      records: this.records,
      bytes: this.bytes + read,
      fraction: total > 0 ? Math.min(1, read / total) : this.fraction,
      deadLetters: this.deadLetters,
    };
  }
}

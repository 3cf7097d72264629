import type { SinkBatch, SourceBatch } from '../../api/record.js';
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
  /** How far each partition was counted, at a sink. */
  readonly #counted = new Map<string, number>();
  readonly #sources = new Map<string, NonNullable<SourceBatch['progress']>>();

  /** A source's batch was acknowledged. */
  acknowledged({ partition, records, progress }: SourceBatch): void {
    this.records += records.length;
    if (progress !== undefined) this.#sources.set(progress.of ?? canonicalJson(partition), progress);
  }

  /** A sink took the batch. What it takes again, as it was not committed when its task was restarted, is not counted again. */
  taken({ topic, partition, records }: Pick<SinkBatch, 'topic' | 'partition' | 'records'>): void {
    const place = `${topic}-${partition}`;
    const from = this.#counted.get(place) ?? 0;
    const isKnown = records[0]!.offset < from;
    this.records += isKnown ? records.filter(({ offset }) => offset >= from).length : records.length;
    this.#counted.set(place, Math.max(from, records.at(-1)!.offset + 1));
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

import type { Producer } from '../../../core/index.js';
import type { SourceOffset, SourcePartition } from '../../api/record.js';
import { canonicalJson } from '../canonical-json.js';
import { type OffsetLog, offsetKey } from './offset-log.js';
import type { PartitionPosition } from './submitted-batches.js';

/** The offsets of one connector, as one life of a task of it sees them: what was there at its start, and what it has committed since. */
export class SourceOffsetStore {
  readonly #log: OffsetLog;
  readonly #connector: string;
  readonly #offsets: Map<string, PartitionPosition>;

  private constructor(log: OffsetLog, connector: string) {
    this.#log = log;
    this.#connector = connector;
    this.#offsets = new Map(log.of(connector));
  }

  static async load(log: OffsetLog, connector: string): Promise<SourceOffsetStore> {
    await log.refresh();
    return new SourceOffsetStore(log, connector);
  }

  get(partition: SourcePartition): SourceOffset | undefined {
    return this.#offsets.get(canonicalJson(partition))?.offset;
  }

  all(): readonly PartitionPosition[] {
    return [...this.#offsets.values()];
  }

  /** Resolves when the offsets are acknowledged; with an open transaction of the producer they are part of it. */
  async write(producer: Producer, positions: readonly PartitionPosition[]): Promise<void> {
    await Promise.all(
      positions.map(({ partition, offset }) =>
        producer.send(this.#log.topic, { key: offsetKey(this.#connector, partition), value: JSON.stringify(offset) }),
      ),
    );
  }

  /** What was written is committed. */
  remember(positions: readonly PartitionPosition[]): void {
    for (const position of positions) this.#offsets.set(canonicalJson(position.partition), position);
  }
}

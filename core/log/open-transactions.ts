// Which transactions are open in a partition, and up to where everything is decided: the last stable offset, beyond which nobody who asked
// for committed records may read. A transaction counts as open until its marker is below the high watermark.

/** A transaction that a marker has ended. */
export interface EndedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  /** Behind the end of this one: the first offset of the oldest that is still open, or the end of the log. */
  readonly lastStableOffset: number;
  readonly commits: boolean;
}

export class OpenTransactions {
  /** First offsets by producer id. In the order of the log, as transactions are added when they begin. */
  private readonly firstOffsets = new Map<number, number>();
  /** Ended, but the marker may still be lost; by marker. */
  private unsafe: { readonly firstOffset: number; readonly lastOffset: number }[] = [];

  begin(producerId: number, firstOffset: number): void {
    this.firstOffsets.set(producerId, firstOffset);
  }

  end(producerId: number, lastOffset: number, commits: boolean): EndedTransaction | undefined {
    const firstOffset = this.firstOffsets.get(producerId);
    if (firstOffset === undefined) return undefined;
    this.firstOffsets.delete(producerId);
    this.unsafe.push({ firstOffset, lastOffset });
    const lastStableOffset = this.firstOpenOffset ?? lastOffset + 1;
    return { producerId, firstOffset, lastOffset, lastStableOffset, commits };
  }

  /** Where the oldest begins that is not over for good; undefined when there is none. */
  firstUnstableOffset(highWatermark: number): number | undefined {
    const safeCount = this.unsafe.findIndex(({ lastOffset }) => lastOffset >= highWatermark);
    if (safeCount !== 0) this.unsafe = safeCount < 0 ? [] : this.unsafe.slice(safeCount);
    let first = this.firstOpenOffset;
    for (const { firstOffset } of this.unsafe) if (first === undefined || firstOffset < first) first = firstOffset;
    return first;
  }

  clear(): void {
    this.firstOffsets.clear();
    this.unsafe = [];
  }

  private get firstOpenOffset(): number | undefined {
    return this.firstOffsets.values().next().value;
  }
}

/** Lines (each with its line end) of consecutive records, gathered until they are worth a write. */
export class GatheredLines {
  charCount = 0;
  /** Offsets of the first and the last record. */
  start = -1;
  end = -1;
  #lines: string[] = [];

  get count(): number {
    return this.#lines.length;
  }

  add(line: string, offset: number): void {
    if (this.#lines.length === 0) this.start = offset;
    this.end = offset;
    this.charCount += line.length;
    this.#lines.push(line);
  }

  bytes(): Buffer {
    return Buffer.from(this.#lines.join(''));
  }

  clear(): void {
    this.#lines = [];
    this.charCount = 0;
  }
}

/** The starts of the live windows, ascending. New ones mostly come at the end, expired ones go at the front. */
export class WindowStarts {
  #starts: number[] = [];

  add(startMs: number): void {
    const at = this.#indexOf(startMs);
    if (this.#starts[at] !== startMs) this.#starts.splice(at, 0, startMs);
  }

  /** A copy, so that windows may come and go while it is walked. */
  between(fromMs: number, toMs: number): readonly number[] {
    return this.#starts.slice(this.#indexOf(fromMs), this.#indexOf(toMs + 1));
  }

  /** Takes out all starts <= lastMs. */
  takeUpTo(lastMs: number): readonly number[] {
    return this.#starts.length === 0 || this.#starts[0]! > lastMs
      ? []
      : this.#starts.splice(0, this.#indexOf(lastMs + 1));
  }

  /** The index of the first start that is not below `startMs`. */
  #indexOf(startMs: number): number {
    let low = 0;
    let high = this.#starts.length;
    if (high > 0 && this.#starts[high - 1]! < startMs) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! < startMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// What was handed out and is not acknowledged yet, by the source partition: batches in the order in which they went. An offset that was committed
// acknowledges its batch and all before it.

export class HandedOut<T> {
  readonly #batches = new Map<string, { readonly mark: string; readonly items: readonly T[] }[]>();

  /** `mark` is what the batch's offset holds. */
  add(source: string, mark: string, items: readonly T[]): void {
    const batches = this.#batches.get(source) ?? [];
    batches.push({ mark, items });
    this.#batches.set(source, batches);
  }

  /** The items that are acknowledged now, in order. */
  takeThrough(source: string, mark: string): readonly T[] {
    const batches = this.#batches.get(source) ?? [];
    const at = batches.findIndex(batch => batch.mark === mark);
    return batches.splice(0, at + 1).flatMap(({ items }) => items);
  }

  /** Everything that is not acknowledged yet. */
  items(source: string): ReadonlySet<T> {
    return new Set((this.#batches.get(source) ?? []).flatMap(({ items }) => items));
  }
}

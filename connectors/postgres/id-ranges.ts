// Which ids were handed out, as ranges. A row whose transaction is new may be an old row that was updated, or a row whose id was drawn long ago (a
// sequence with a cache, an application that takes ids in blocks): only the id tells. Ids that grow without gaps are one range. Where there are many
// gaps the lowest ranges are forgotten: then an updated row down there comes once more, but no row is lost.

const rangesMax = 100;

export class IdRanges {
  /** Rising, apart by one at least: first and last of each. */
  readonly #ranges: [first: bigint, last: bigint][];

  constructor(ranges: [bigint, bigint][] = []) {
    this.#ranges = ranges;
  }

  /** From what `toString` has written. */
  static parse(text: string): IdRanges {
    const parts = text === '' ? [] : text.split(',');
    return new IdRanges(
      parts.map(part => {
        const [, first, last] = /^(-?\d+)(?:\.\.(-?\d+))?$/.exec(part)!;
        return [BigInt(first!), BigInt(last ?? first!)];
      }),
    );
  }

  copy(): IdRanges {
    return new IdRanges(this.#ranges.map(([first, last]) => [first, last]));
  }

  /** False when it is there already. */
  add(id: bigint): boolean {
    const ranges = this.#ranges;
    let at = ranges.length;
    while (at > 0 && ranges[at - 1]![0] > id) at--;
    const [before, after] = [ranges[at - 1], ranges[at]];
    if (before !== undefined && id <= before[1]) return false;
    const [joinsBefore, joinsAfter] = [before?.[1] === id - 1n, after?.[0] === id + 1n];
    if (joinsBefore && joinsAfter) {
      before![1] = after![1];
      ranges.splice(at, 1);
    } else if (joinsBefore) before![1] = id;
    else if (joinsAfter) after![0] = id;
    else {
      ranges.splice(at, 0, [id, id]);
      if (ranges.length > rangesMax) ranges.shift();
    }
    return true;
  }

  /** `1..100,103,200..250` */
  toString(): string {
    return this.#ranges.map(([first, last]) => (first === last ? `${first}` : `${first}..${last}`)).join(',');
  }
}

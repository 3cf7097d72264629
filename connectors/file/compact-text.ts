import type { FlatObject, FlatShape } from '../../connect/api/index.js';

const [openBrace, closeBrace, quote, colon] = [0x7b, 0x7d, 0x22, 0x3a];

/** Finds the JSON of flat objects in their bytes, where it stands there just as JSON.stringify would write it: nothing between the values but what has to be. */
export class CompactText {
  start = 0;
  end = 0;
  #shape: FlatShape | undefined;
  /** Bytes in front of each value. */
  #gaps = new Int32Array(0);

  find({ shape, bytes, bounds, boundsAt }: FlatObject): boolean {
    if (shape !== this.#shape) this.#learn(shape);
    const gaps = this.#gaps;
    const first = bounds[boundsAt]!;
    this.start = first - gaps[0]!;
    if (bytes[first - 1] !== colon || bytes[first - 2] !== quote || bytes[this.start] !== openBrace) return false;
    let at = boundsAt + 1;
    for (let field = 1; field < gaps.length; field++, at += 2)
      if (bounds[at + 1]! - bounds[at]! !== gaps[field]!) return false;
    this.end = bounds[at]! + 1;
    return bytes[bounds[at]!] === closeBrace;
  }

  #learn(shape: FlatShape): void {
    this.#shape = shape;
    // A brace or a comma, and a colon. More than that are spaces.
    this.#gaps = Int32Array.from(shape.names, name => Buffer.byteLength(JSON.stringify(name)) + 2);
  }
}

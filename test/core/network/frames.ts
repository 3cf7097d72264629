/** The frame with the four bytes of its length in front. */
export function withLength(frame: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4 + frame.length);
  out.writeInt32BE(frame.length);
  out.set(frame, 4);
  return out;
}

/** Cuts what arrives into frames; for what honest sides send. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    let rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      frames.push(Buffer.from(rest.subarray(4, end)));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return frames;
  }
}

/** One compression codec of record batches. */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws BeyondBound before it has allocated more than `sizeBytesMax`, and any other error for bytes that are no such stream. */
  decompress(bytes: Uint8Array, sizeBytesMax: number): Uint8Array;
}

/** The stream would unpack to more than is allowed. */
export class BeyondBound extends Error {
  override readonly name = 'BeyondBound';
}

/** Kafka's codec ids, as in the lowest three bits of a batch's attributes. */
export const codecIds = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type CodecName = keyof typeof codecIds;

export interface Compression {
  compress(codec: CodecName, bytes: Uint8Array): Uint8Array;
  /** Throws WorldFault when the result would be larger than `sizeBytesMax` (checked before it is allocated) or the bytes are no such stream. */
  decompress(codec: CodecName, bytes: Uint8Array, sizeBytesMax: number): Uint8Array;
}

/** A header of a record: Kafka's headers are an ordered list in which a key may occur twice. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export type RecordHeaders = readonly RecordHeader[];

/** What records without headers share. */
export const noHeaders: RecordHeaders = Object.freeze([]);

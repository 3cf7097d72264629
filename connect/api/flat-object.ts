// A JSON object of plain fields that has been read no further than to know where each of its values stands. A sink that can make use of the bytes themselves
// (`readsFlat` of its task) is handed such records, and saves making objects and texts of them only to write these out again.

/** The fields of objects that are written alike: the same names in the same order. Objects of one shape mostly share the instance. */
export interface FlatShape {
  readonly names: readonly string[];
}

/**
 * Each value stands in `bytes` as one of: a text in double quotes, of well-formed UTF-8 without a backslash or a control character; a number, written just as
 * `String` writes it, whole ones of any length; true; false; null.
 */
export interface FlatObject {
  readonly shape: FlatShape;
  readonly bytes: Uint8Array;
  /** Two for each field: where its value begins, and where it ends. */
  readonly bounds: Int32Array;
  /** Where those of this object begin. */
  readonly boundsAt: number;
}

/** Finds flat objects; one for each reader, as it learns from one what the next will look like. */
export interface FlatReader {
  /** Of what was found last. */
  readonly shape: FlatShape;
  readonly bounds: Int32Array;
  readonly boundsAt: number;
  /** Whether it is one; only then would `Converter.read` give the same object for the same bytes. Anything else is left to that. */
  find(bytes: Uint8Array, start: number, end: number): boolean;
}

import type { FieldReader, FieldWriter } from '../records/field.js';

/** Both directions of a key or value: typed to bytes and back. `name` is shown in messages and in the topology. */
export interface Serde<T> extends FieldReader<T>, FieldWriter<T> {
  readonly name: string;
  /** True when nothing that `read` returns refers to the bytes it was given: their memory may then be used again. */
  readonly readsCopies?: boolean;
}

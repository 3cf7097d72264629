// One Kafka message in all its versions: both directions of the codec, derived from its fields.
// A schema called as a function fills in the defaults: `metadata.request({ topics: [{ name: 'flights' }] })`.

import { compileStruct, type StructCodec } from './codec.js';
import { type Fields, filled, type Given, type ValueOf } from './field.js';
import { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

/** One message in all its versions. Called, it fills in the defaults of what is left out. */
export interface Schema<V> {
  (given?: Given<V>): V;
  readonly title: string;
  readonly fields: Fields;
  readonly versions: readonly [min: number, max: number];
  readonly flexibleFrom: number;
  /** Throws ProtocolError when `version` cannot carry `value`. */
  write(value: V, version: number, out: MessageWriter): void;
  /** Reads from where the reader stands; `records` are views of its bytes. Throws ProtocolError, and nothing else, for any malformed input. */
  read(version: number, reader: MessageReader): V;
  encode(value: V, version: number): Uint8Array;
  /** Decodes the whole of `bytes`: what is left over is an error too. */
  decode(bytes: Uint8Array, version: number): V;
}

export interface SchemaOptions {
  readonly title: string;
  readonly versions: readonly [min: number, max: number];
  /** The first version with compact lengths and tagged fields (KIP-482). */
  readonly flexibleFrom: number;
}

/** For messages that have no flexible version. */
export const neverFlexible = Number.POSITIVE_INFINITY;

export function schema<F extends Fields>(options: SchemaOptions, fields: F): Schema<ValueOf<F>> {
  type V = ValueOf<F>;
  const { title, versions, flexibleFrom } = options;
  const codecs = new Map<number, StructCodec>();
  const codecOf = (version: number): StructCodec => {
    let codec = codecs.get(version);
    if (codec === undefined) {
      codec = compileStruct(fields, version, { isFlexible: version >= flexibleFrom, title: `${title} v${version}` });
      codecs.set(version, codec);
    }
    return codec;
  };
  const methods = {
    title,
    fields,
    versions,
    flexibleFrom,
    write: (value: V, version: number, out: MessageWriter) => codecOf(version).write(out, value),
    read: (version: number, reader: MessageReader) => codecOf(version).read(reader) as V,
    encode(value: V, version: number): Uint8Array {
      const out = new MessageWriter();
      codecOf(version).write(out, value);
      return out.finish();
    },
    decode(from: Uint8Array, version: number): V {
      const reader = new MessageReader(from, `${title} v${version}`);
      const value = codecOf(version).read(reader) as V;
      reader.requireEnd();
      return value;
    },
  };
  return Object.assign((given?: Given<V>): V => filled(fields, (given ?? {}) as Given<object>) as V, methods);
}

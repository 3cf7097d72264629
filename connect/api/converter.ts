// A converter turns what a connector holds into the bytes of a topic and back. It writes into the arena it is given, so that no
// Buffer is made per record.

import type { z } from 'zod';
import type { FlatReader } from './flat-object.js';
import type { Schema } from './schema.js';
import type { ConfigSpec } from './source.js';

/** A growing buffer: `reserve`, then write at `position` into `bytes` (taken anew after each `reserve`), then move `position` on. */
export interface ByteArena {
  readonly bytes: Buffer;
  position: number;
  reserve(count: number): void;
}

export interface Converter {
  readonly name: string;
  /** Throws DataError for a value that it cannot write. Null reaches it only where `writesNull` says so. */
  write(value: unknown, arena: ByteArena, schema?: Schema): void;
  /** Throws DataError for bytes that it cannot read. What it returns does not alias `bytes`. */
  read(bytes: Uint8Array, start: number, end: number): Converted;
  /** Whether null of this schema is bytes of its own, such as an envelope, and not the record's null. Without it, it never is. */
  writesNull?(schema: Schema | undefined): boolean;
  /** What a null of the record is, where it has a schema. */
  readNull?(): Converted;
  /** Finds flat objects among what `read` would read, for a task that asks for them. */
  flatReader?(): FlatReader;
}

export interface Converted {
  readonly value: unknown;
  readonly schema?: Schema | undefined;
}

export interface ConverterContext {
  /** What it converts. */
  readonly part: 'key' | 'value' | 'header';
  /** The name that the configuration gave: Java's class names have the defaults of Kafka Connect. */
  readonly givenName: string;
}

export interface ConverterDefinition<S extends ConfigSpec = ConfigSpec> {
  readonly kind: 'converter';
  /** How configurations name it, in `key.converter`, `value.converter`, `header.converter`. */
  readonly name: string;
  /** Other names, such as the full name of the Java class that it stands for. */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly config: S;
  /** Throws ConfigError for what cannot be meant. */
  start(config: z.output<S>, context: ConverterContext): Converter;
}

/** Defines a converter; its settings (`value.converter.*`), their validation and documentation come from its `config`. */
export function defineConverter<S extends ConfigSpec>(
  definition: Omit<ConverterDefinition<S>, 'kind'>,
): ConverterDefinition<S> {
  return { ...definition, kind: 'converter' };
}

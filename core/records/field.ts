import type { Arena } from './arena.js';

/** Writes a key or a value behind `arena.position` and moves it on. Never called with null: the record's framing says null. */
export interface FieldWriter<T> {
  write(value: T, arena: Arena): void;
}

/** Reads a key or a value out of bytes[start, end). What it returns must not alias `bytes` unless its documentation says so. */
export interface FieldReader<T> {
  read(bytes: Uint8Array, start: number, end: number): T;
}

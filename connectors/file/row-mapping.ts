import type { SourceRecord } from '../../connect/api/index.js';

/** A row as its format reads it: csv an object of columns, jsonl any JSON value, lines a text. */
// biome-ignore lint/suspicious/noExplicitAny: what a row holds is known to the user's function alone
export type RowMapping = (row: any) => SourceRecord | undefined;

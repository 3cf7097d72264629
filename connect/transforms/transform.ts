import type { TransformRecord } from '../api/transform.js';

/** The settings of one transform, as they stand in a configuration, without its prefix. */
export type Settings = Readonly<Record<string, unknown>>;

export function isTombstone({ value }: TransformRecord): boolean {
  return value.value === null;
}

import { AssertionFailure } from '../base/errors.js';

/** Versions as Kafka writes them: `'3+'`, `'0-4'` or `'2'`. */
export type VersionText = `${number}+` | `${number}-${number}` | `${number}`;

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export function versionRange(text: VersionText): VersionRange {
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  if (match === null) throw new AssertionFailure(`"${text}" is no range of versions: write 3+, 0-4 or 2`);
  const min = Number(match[1]);
  if (match[2] === undefined) return { min, max: min };
  return { min, max: match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]) };
}

export function includesVersion(range: VersionRange | undefined, version: number): boolean {
  return range !== undefined && version >= range.min && version <= range.max;
}

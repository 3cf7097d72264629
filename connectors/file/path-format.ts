// The folder of a record, out of `path.format`. It depends on nothing but the record: read again after a crash, a record finds the same folder,
// and there the names of the files tell whether it was written. (That is why no placeholder names the time of the clock.)

import { ConfigError, DataError, type SinkRecord, type TopicPartition } from '../../connect/api/index.js';
import { nullSegment, pathSegment } from './path-segment.js';

type Part = (record: SinkRecord, timeMs: number) => string;

const timeParts: Readonly<Record<string, readonly [number, number]>> = {
  yyyy: [0, 4],
  MM: [5, 7],
  dd: [8, 10],
  HH: [11, 13],
  mm: [14, 16],
};
const known = ['topic', 'partition', 'key', ...Object.keys(timeParts), 'value', 'value.FIELD'];

export class PathFormat {
  /** Whether all records of a topic partition share a folder. */
  readonly isStatic: boolean;
  readonly #parts: readonly Part[];
  /** Folders in front of the first that depends on the record. */
  readonly #staticParts: readonly Part[];
  #isoMinute = Number.NaN;
  #iso = '';
  #lastPath = '';
  #lastTopic = '';
  #lastPartition = -1;

  /** Throws ConfigError for a placeholder that does not exist, and for a path that leaves the directory. */
  constructor(format: string) {
    const segments = format.split('/').filter(segment => segment !== '');
    if (format.startsWith('/') || segments.some(segment => segment === '.' || segment === '..'))
      throw new ConfigError(`path.format: "${format}" leaves the directory: give folders below it`);
    const dynamicAt = segments.findIndex(segment => namesIn(segment).some(isOfRecord));
    const partsOf = (some: readonly string[]) => some.flatMap((segment, index) => this.#segment(segment, index > 0));
    this.#parts = partsOf(segments);
    this.isStatic = dynamicAt < 0;
    this.#staticParts = partsOf(this.isStatic ? segments : segments.slice(0, dynamicAt));
  }

  /** The folder of a record, '' for the directory itself. Throws DataError for a record that has none. */
  pathOf(record: SinkRecord, timeMs: number): string {
    if (!this.isStatic) return textOf(this.#parts, record, timeMs);
    if (record.topic !== this.#lastTopic || record.partition !== this.#lastPartition) {
      this.#lastPath = textOf(this.#parts, record, timeMs);
      this.#lastTopic = record.topic;
      this.#lastPartition = record.partition;
    }
    return this.#lastPath;
  }

  /** The folder that all records of a topic partition lie in, or below. */
  rootOf(partition: TopicPartition): string {
    return textOf(this.#staticParts, partition as SinkRecord, 0);
  }

  #segment(segment: string, hasSeparator: boolean): Part[] {
    const parts: Part[] = hasSeparator ? [() => '/'] : [];
    for (const piece of segment.split(/(\{[^{}]*\})/)) {
      if (piece === '') continue;
      if (/[{}]/.test(piece.replace(/^\{[^{}]*\}$/, '')))
        throw new ConfigError(`path.format: "${segment}" has a brace without its other half`);
      parts.push(piece.startsWith('{') ? this.#placeholder(piece.slice(1, -1)) : () => piece);
    }
    return parts;
  }

  #placeholder(name: string): Part {
    if (name === 'topic') return record => pathSegment(record.topic);
    if (name === 'partition') return record => String(record.partition);
    if (name === 'key') return record => segmentOf(record.key, 'the key');
    if (name === 'value') return record => segmentOf(record.value, 'the value');
    const slice = Object.hasOwn(timeParts, name) ? timeParts[name] : undefined;
    if (slice !== undefined) return (_record, timeMs) => this.#isoOf(timeMs).slice(...slice);
    if (name.startsWith('value.') && name.length > 6) {
      const fields = name.slice(6).split('.');
      return record => segmentOf(fieldIn(record.value, fields), `the field ${name}`);
    }
    throw new ConfigError(`path.format: there is no placeholder {${name}}: use ${known.join(', ')}`, {
      given: name,
      known,
    });
  }

  #isoOf(timeMs: number): string {
    const minute = Math.floor(timeMs / 60_000);
    if (minute === this.#isoMinute) return this.#iso;
    if (!(timeMs >= 0 && timeMs < 253_402_300_800_000))
      throw new DataError(`the record has no time of the years 1970 to 9999 (${timeMs} ms): path.format needs one`);
    this.#isoMinute = minute;
    this.#iso = new Date(timeMs).toISOString();
    return this.#iso;
  }
}

function namesIn(segment: string): string[] {
  return [...segment.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!);
}

/** A transform may give a record another topic than that of the partition it was read from. */
function isOfRecord(name: string): boolean {
  return name !== 'partition';
}

function textOf(parts: readonly Part[], record: SinkRecord, timeMs: number): string {
  let text = '';
  for (const part of parts) text += part(record, timeMs);
  return text;
}

/** What lies under these names; undefined where nothing does. */
export function fieldIn(value: unknown, names: readonly string[]): unknown {
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function segmentOf(value: unknown, what: string): string {
  if (value === null || value === undefined) return nullSegment;
  if (value instanceof Date) return pathSegment(value.toISOString());
  if (typeof value !== 'object' && typeof value !== 'function') return pathSegment(String(value));
  throw new DataError(`${what} is ${Array.isArray(value) ? 'an array' : 'an object'}, which cannot name a folder`);
}

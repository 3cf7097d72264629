// Gathers everything that is wrong with a pipeline, each with its place in the file, so that one look at it mends all.

import type { z } from 'zod';
import { didYouMean } from '../../core/index.js';
import { type Fault, type Path, PipelineError, type Place } from './fault.js';
import { isUnset } from './variables.js';

/** Finds a value (or its key) in the file. `offset`: that many characters into a text. Undefined where there is no file. */
export type PlaceOf = (
  path: Path,
  options?: { readonly isKey?: boolean; readonly offset?: number },
) => Place | undefined;

export interface FaultOptions {
  /** The key is what is wrong, not its value. */
  readonly isKey?: boolean;
  /** How many characters into the text. */
  readonly offset?: number;
}

export class FaultList {
  readonly #file: string | undefined;
  readonly #placeOf: PlaceOf;
  readonly #faults: Fault[] = [];

  constructor(file: string | undefined, placeOf: PlaceOf) {
    this.#file = file;
    this.#placeOf = placeOf;
  }

  /** In the order of their places in the file; those that have none come last. */
  get all(): readonly Fault[] {
    const lineOf = ({ line = Number.POSITIVE_INFINITY }: Fault): number => line;
    return this.#faults.toSorted((a, b) =>
      lineOf(a) === lineOf(b) ? (a.column ?? 0) - (b.column ?? 0) : lineOf(a) - lineOf(b),
    );
  }

  get hasErrors(): boolean {
    return this.#faults.some(fault => fault.severity === 'error');
  }

  add(path: Path, message: string, options: FaultOptions = {}): void {
    this.#add('error', path, message, options);
  }

  warn(path: Path, message: string, options: FaultOptions = {}): void {
    this.#add('warning', path, message, options);
  }

  /** Throws PipelineError for errors; warnings are left where they are. */
  throwErrors(what: string): void {
    if (this.hasErrors) throw new PipelineError(what, this.all);
  }

  /** What `schema` makes of the value; undefined, with the faults noted, where it does not fit. */
  read<S extends z.ZodType>(schema: S, value: unknown, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.#take(issue, value, path, schema);
    return undefined;
  }

  #take(issue: z.core.$ZodIssue, value: unknown, path: Path, schema: z.ZodType): void {
    const at = [...path, ...issue.path.map(part => (typeof part === 'symbol' ? String(part) : part))];
    const found = valueAt(value, issue.path);
    if (typeof found === 'string' && isUnset(found)) return;
    if (issue.code === 'unrecognized_keys') {
      const known = issue.path.length === 0 ? shapeKeys(schema) : [];
      const parent = at.length === 0 ? 'a pipeline' : `"${String(at.at(-1))}"`;
      for (const key of issue.keys)
        this.add([...at, key], `${parent} has no "${key}"${didYouMean(key, known)}`, { isKey: true });
    } else if (found === undefined) {
      this.add(at, 'is required');
    } else if (issue.code === 'invalid_value') {
      this.add(at, `${issue.message}${typeof found === 'string' ? didYouMean(found, issue.values.map(String)) : ''}`);
    } else {
      this.add(at, lowerFirst(issue.message.replace(/^Invalid input: /, '')));
    }
  }

  #add(severity: Fault['severity'], path: Path, message: string, options: FaultOptions): void {
    this.#faults.push({ severity, message, path, file: this.#file, ...this.#placeOf(path, options) });
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part], value);
}

function shapeKeys(schema: z.ZodType): readonly string[] {
  const { shape } = schema as { shape?: object };
  return shape === undefined ? [] : Object.keys(shape);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

// Gathers everything that is wrong with a pipeline, each with its place in the file, so that one look at it mends all.

import type { z } from 'zod';
import { didYouMean } from '../../core/index.js';
import { type Fault, type Path, PipelineError, type Place, pathText, placeLine } from './fault.js';
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

const hiddenLengthMin = 4;

export class FaultList {
  readonly #file: string | undefined;
  readonly #placeOf: PlaceOf;
  readonly #faults: Fault[] = [];
  readonly #hidden: { readonly path: Path; readonly value: string; readonly shown: string }[] = [];

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

  /** What is wrong there, or around it, tells `shown` in the place of the value; but for values of a few letters, which stand in many a word. */
  hide(path: Path, value: string, shown: string): void {
    if (value.length >= hiddenLengthMin) this.#hidden.push({ path, value, shown });
  }

  add(path: Path, message: string, options: FaultOptions = {}): void {
    this.#add('error', path, message, options);
  }

  warn(path: Path, message: string, options: FaultOptions = {}): void {
    this.#add('warning', path, message, options);
  }

  /** Where that stands, as it is shown to people. */
  whereIs(path: Path): string {
    return placeLine({ path, file: this.#file, ...this.#placeOf(path, { isKey: true }) });
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
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.find(branch => branch.every(isInside));
      for (const each of meant ?? []) this.#take({ ...each, path: [...issue.path, ...each.path] }, value, path, schema);
      if (meant !== undefined) return;
    }
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      const parent =
        at.length === 0 ? 'a pipeline' : `"${pathText(at.slice(at.findLastIndex(part => typeof part === 'string')))}"`;
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
    const concerned = this.#hidden.filter(each =>
      each.path.every((part, at) => at >= path.length || part === path[at]),
    );
    const told = concerned.reduce((text, { value, shown }) => text.replaceAll(value, shown), message);
    this.#faults.push({ severity, message: told, path, file: this.#file, ...this.#placeOf(path, options) });
  }
}

/** The value has the kind that this branch of a union takes, and something within it is wrong. */
function isInside({ code, path }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code !== 'invalid_type';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part], value);
}

/** The parts of schemas that lead on to the schemas inside. */
interface Inside {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
}

/** The names that an object may have there. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { shape, options } = schema as Inside;
  const { innerType, element } = schema.def as Inside;
  if (innerType !== undefined) return keysAt(innerType, path);
  if (options !== undefined) return options.flatMap(option => (option instanceof Object ? keysAt(option, path) : []));
  const [first, ...rest] = path;
  if (first === undefined) return shape === undefined ? [] : Object.keys(shape);
  const inner = typeof first === 'number' ? element : shape?.[String(first)];
  return inner === undefined ? [] : keysAt(inner, rest);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

// `${NAME}` in a text is that variable of the environment, `${NAME:-word}` has a default. Only names in capitals: `${topic}` belongs to
// connectors. Tests are taken as they stand. A value that came from the environment is never shown.

import { didYouMean } from '../../core/index.js';
import type { Path } from './fault.js';

/** Where what is wrong is noted. */
interface Faults {
  add(path: Path, message: string): void;
  warn(path: Path, message: string): void;
  hide(path: Path, value: string, shown: string): void;
}

const variable = /\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}/g;

export interface VariableOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isLenient: boolean;
}

/** Whether a text holds a variable that was not filled in: what it will be is not known yet. */
export function isUnset(text: string): boolean {
  return /\$\{[A-Z_][A-Z0-9_]*\}/.test(text);
}

export function environmentOf(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** The pipeline with its variables filled in. One that is not set, and has no default, is a fault. */
export function resolveVariables(value: unknown, faults: Faults, options: VariableOptions): unknown {
  return resolved(value, [], faults, options);
}

function resolved(value: unknown, path: Path, faults: Faults, options: VariableOptions): unknown {
  if (path.length === 1 && path[0] === 'tests') return value;
  if (typeof value === 'string') return resolvedText(value, path, faults, options);
  if (Array.isArray(value)) return value.map((item, index) => resolved(item, [...path, index], faults, options));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  // What is given in code as a definition is left alone.
  if ('kind' in value && 'start' in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolved(item, [...path, key], faults, options)]),
  );
}

function resolvedText(text: string, path: Path, faults: Faults, { environment, isLenient }: VariableOptions): string {
  return text.replace(variable, (whole, name: string, fallback: string | undefined) => {
    const given = environment[name];
    if (given !== undefined) faults.hide(path, given, `\${${name}}`);
    const found = given ?? fallback;
    if (found !== undefined) return found;
    const message = `the environment variable ${name} is not set${didYouMean(name, near(environment, name))}`;
    if (isLenient) faults.warn(path, message);
    else faults.add(path, message);
    return whole;
  });
}

/** Names that begin alike: no others are told, they are nobody's business. */
function near(environment: VariableOptions['environment'], name: string): readonly string[] {
  return Object.keys(environment).filter(each => each.slice(0, 3) === name.slice(0, 3));
}

import type { z } from 'zod';
import { isInt32Option } from './option.js';
import type { ConfigSpec } from './source.js';

/** One configuration key as documentation and validation answers show it. */
export interface ConfigKey {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  /** A whole number that 32 bits hold. */
  readonly isInt32: boolean;
  readonly defaultValue: unknown;
  readonly words: readonly string[];
  readonly description: string;
}

/** The keys of a spec, in the order in which it declares them. */
export function configKeys(spec: ConfigSpec): readonly ConfigKey[] {
  return Object.entries(spec.shape).map(([name, schema]) => configKey(name, schema as z.ZodType));
}

function configKey(name: string, schema: z.ZodType): ConfigKey {
  let description: string | undefined;
  let type: string | undefined;
  let isSecret = false;
  let isInt32 = false;
  let defaultValue: unknown;
  let words: readonly string[] = [];
  // The layers of a schema (default, optional, the type itself) each may hold a part of the facts; the outermost wins.
  for (let layer: Layer | undefined = schema as Layer; layer !== undefined; layer = layer.def?.innerType) {
    const facts = layer.meta?.();
    description ??= facts?.['description'] as string | undefined;
    type ??= facts?.['type'] as string | undefined;
    isSecret ||= facts?.['isSecret'] === true;
    isInt32 ||= isInt32Option(layer);
    defaultValue ??= layer.def?.defaultValue;
    if (layer.def?.entries !== undefined) words = Object.keys(layer.def.entries);
  }
  const isRequired = !schema.safeParse(undefined).success;
  return {
    name,
    type: type ?? 'any',
    isRequired,
    isSecret,
    isInt32,
    defaultValue,
    words,
    description: description ?? '',
  };
}

interface Layer {
  meta?(): Record<string, unknown> | undefined;
  readonly def?: { readonly innerType?: Layer; readonly defaultValue?: unknown; readonly entries?: object };
}

/** The options of a connector as a Markdown table: what `docs/` holds is generated, never written. */
export function optionTable(spec: ConfigSpec): string {
  const rows = configKeys(spec).map(key => {
    const type = key.words.length > 0 ? key.words.map(word => `\`${word}\``).join(', ') : key.type;
    const fallback = key.isRequired ? '(required)' : defaultText(key.defaultValue);
    return `| \`${key.name}\` | ${type} | ${fallback} | ${key.description.replaceAll('|', '\\|')} |`;
  });
  return ['| option | type | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function defaultText(value: unknown): string {
  const text = value === undefined ? '' : String(value);
  return text === '' ? '' : `\`${text}\``;
}

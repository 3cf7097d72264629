import type { z } from 'zod';
import { didYouMean } from '../../../core/index.js';
import { configKeys, type ConfigKey as OptionKey } from '../../api/option-table.js';
import type { ConfigSpec } from '../../api/source.js';
import { hiddenText } from '../secrets.js';
import type { ConfigType } from '../worker/worker-answers.js';
import type { ConfigKey } from './config-key.js';

const types: Readonly<Record<string, ConfigType>> = {
  integer: 'LONG',
  boolean: 'BOOLEAN',
  duration: 'LONG',
  size: 'LONG',
  list: 'LIST',
  password: 'PASSWORD',
};

/** The options of a spec, as ConfigDef would describe them; each judges by its own schema. `prefix` stands before their names. */
export function specKeys(spec: ConfigSpec, prefix = ''): readonly ConfigKey[] {
  return configKeys(spec).map(key => ({
    name: `${prefix}${key.name}`,
    type: key.isInt32 ? 'INT' : (types[key.type] ?? 'STRING'),
    defaultValue: key.isRequired ? undefined : key.defaultValue === undefined ? null : textOf(key.defaultValue),
    documentation: key.description,
    recommended: key.words,
    // Its own schema knows more forms than the type: 10s, 64KiB. Of those that do not, ConfigDef's words are the ones that people know.
    ...(!key.isInt32 && key.type !== 'boolean' && { accepts: () => true }),
    check: value => (value === null ? [] : faultsOf(spec, { key, name: `${prefix}${key.name}`, value })),
  }));
}

function faultsOf(
  spec: ConfigSpec,
  { key, name, value }: { key: OptionKey; name: string; value: string },
): readonly string[] {
  // What it stands for is read when the connector starts, or when all options are judged together.
  if (/\$\{[^}:]*:[^}]*\}/.test(value)) return [];
  const read = (spec.shape[key.name] as z.ZodType).safeParse(value);
  const shown = key.isSecret ? hiddenText : value;
  return (read.error?.issues ?? []).map(issue => {
    const near = issue.code === 'invalid_value' ? didYouMean(value, issue.values.map(String)) : '';
    return `Invalid value ${shown} for configuration ${name}: ${issue.message}${near}`;
  });
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

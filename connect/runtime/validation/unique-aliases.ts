import { type ConfigKey, invalid, listOf } from './config-key.js';

/** A check of a list of aliases: none stands there twice. */
export function uniqueAliases(name: string): NonNullable<ConfigKey['check']> {
  return value => {
    const aliases = listOf(value ?? '');
    if (new Set(aliases).size === aliases.length) return [];
    return [invalid(name, `[${aliases.join(', ')}]`, 'Duplicate alias provided.')];
  };
}

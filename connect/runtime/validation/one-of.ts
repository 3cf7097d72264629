import { type ConfigKey, invalid } from './config-key.js';

/** ConfigDef's check for one of some words. `isExact`: in just these letters; else they are given in lower case, and any case will do. */
export function oneOf(name: string, words: readonly string[], isExact = true): NonNullable<ConfigKey['check']> {
  return value => {
    if (value === null || words.includes(isExact ? value : value.toLowerCase())) return [];
    const shown = isExact ? words : words.map(word => word.toUpperCase());
    const reason = `String must be one of${isExact ? '' : ' (case insensitive)'}: ${shown.join(', ')}`;
    return [invalid(name, value, reason)];
  };
}

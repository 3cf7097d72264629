import { ConfigError } from '../../connect/api/index.js';

/** One character, or `\t` as properties files spell it. Throws ConfigError. */
export function delimiterOf(text: string, option: string): string {
  if (text === '\\t') return '\t';
  if (text.length === 1 && text !== '\n' && text !== '\r' && text !== '"') return text;
  throw new ConfigError(`${option}: ${JSON.stringify(text)} must be one character, or \\t for a tab`);
}

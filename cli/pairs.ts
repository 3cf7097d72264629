import { InvalidInput } from './exit-code.js';

/** Reads `name=value` options into a list of pairs. */
export function parsePairs(texts: readonly string[], option: string): [string, string][] {
  return texts.map(text => {
    const at = text.indexOf('=');
    if (at <= 0) throw new InvalidInput(`${option} ${text}: write name=value`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

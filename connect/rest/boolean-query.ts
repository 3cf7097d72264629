/** As Java reads it: `true` in any case of letters, all else is false; `fallback` where nothing is given. */
export function isTrue(query: URLSearchParams, name: string, fallback = false): boolean {
  const given = query.get(name) ?? '';
  return given === '' ? fallback : given.toLowerCase() === 'true';
}

/** Where a time, as the server writes it, stands among others: milliseconds since 1970; infinities and years before Christ at the ends. */
export function timeOrder(text: string | undefined): number {
  if (text === undefined || text === '-infinity' || text.endsWith('BC')) return Number.NEGATIVE_INFINITY;
  const ms = Date.parse(
    `${text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}${/[+-]\d\d(:\d\d)?$/.test(text) ? '' : 'Z'}`,
  );
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}

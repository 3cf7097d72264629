/** JSON with sorted keys: equal partitions have equal texts, so that compaction keeps one offset of each. */
export function canonicalJson(flat: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(flat).sort(([a], [b]) => (a < b ? -1 : 1))));
}

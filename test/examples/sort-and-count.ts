// What a person would do without any of this: read all, sort, count. The oracle of the access log example.

/** Host, time and the rest do not matter here: a request is when, what, how it ended, and how long the answer was. */
export interface Hit {
  readonly timestamp: number;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

const combined = /\[(\d+)\/(\w+)\/(\d+):(\S+) ([+-]\d{4})\] "\S+ (\S+).*?" (\d{3}) (\S+)/;

export function accessLogHit(line: string): Hit {
  const [, day, month, year, time, zone, path, status, bytes] = combined.exec(line)!;
  const timestamp = Date.parse(`${day} ${month} ${year} ${time} GMT${zone}`);
  return { timestamp, path: path!, status: Number(status), bytes: Number(bytes) || 0 };
}

/** The result lines, sorted: one a window and path. */
export function sortAndCount(hits: readonly Hit[], windowMs: number): string[] {
  const counts = new Map<
    string,
    { window_start: number; window_end: number; path: string; requests: number; bytes: number; errors: number }
  >();
  for (const hit of hits.toSorted((a, b) => a.timestamp - b.timestamp)) {
    const start = hit.timestamp - (hit.timestamp % windowMs);
    const key = `${start} ${hit.path}`;
    const count = counts.get(key) ?? {
      window_start: start,
      window_end: start + windowMs,
      path: hit.path,
      requests: 0,
      bytes: 0,
      errors: 0,
    };
    count.requests++;
    count.bytes += hit.bytes;
    if (hit.status >= 400) count.errors++;
    counts.set(key, count);
  }
  return [...counts.values()].map(count => JSON.stringify(count)).toSorted();
}

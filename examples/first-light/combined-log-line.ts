// One line of an access log, in the combined format or in the common format it begins with. Only what stands before the referer is read: logs are
// cut off in their last fields often enough, and such a line still tells who asked for what, when, and what came of it.

/** A request as a web server logged it. */
export interface Request {
  readonly host: string;
  /** Epoch milliseconds; the log's zone offset is taken into account. */
  readonly timestamp: number;
  /** The request target as logged, query included; `-` where the request line names none. */
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

const line =
  /^(\S+) .*?\[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?= |$)/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads a line. Throws SyntaxError, saying what is missing, for one that is no access log line. */
export function parseCombinedLogLine(text: string): Request {
  const match = line.exec(text);
  const month = months.indexOf(match?.[3] ?? '');
  if (match === null || month < 0) throw new SyntaxError('not a line of the combined log format');
  const [, host, day, , year, hour, minute, second, sign, zoneHours, zoneMinutes, request, status, bytes] = match;
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const localMs = Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  return {
    host: host!,
    timestamp: localMs - zoneMs,
    path: request!.split(' ')[1] || '-',
    status: Number(status),
    bytes: bytes === '-' ? 0 : Number(bytes),
  };
}

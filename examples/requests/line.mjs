// A line of a web server's log (combined format) as a row; one that is none is a bad record.

const pattern =
  /^(\S+) \S+ \S+ \[(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function request(line) {
  const match = pattern.exec(line);
  if (match === null) throw new Error('not a line of the combined log format');
  const [, host, day, month, year, time, zoneHours, zoneMinutes, method, path, status, bytes] = match;
  const monthNumber = String(months.indexOf(month) + 1).padStart(2, '0');
  return {
    host,
    at: `${year}-${monthNumber}-${day}T${time}${zoneHours}:${zoneMinutes}`,
    method,
    path,
    status: Number(status),
    bytes: bytes === '-' ? 0 : Number(bytes),
  };
}

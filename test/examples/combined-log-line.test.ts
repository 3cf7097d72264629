import test from 'ava';
import { parseCombinedLogLine } from '../../examples/first-light/combined-log-line.js';

test('a line is read whatever stands behind the size, and whatever the zone', t => {
  const request = { host: '::1', timestamp: Date.UTC(2015, 4, 17, 10, 5, 3), path: '/a?b=c', status: 200, bytes: 512 };
  for (const line of [
    '::1 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 512 "http://x/" "curl/8"',
    '::1 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 512',
    '::1 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 512 "-" "cut o',
    '::1 - jane doe [17/May/2015:12:05:03 +0200] "GET /a?b=c HTTP/1.1" 200 512 "-" "curl/8"',
    '::1 - - [17/May/2015:04:35:03 -0530] "GET /a?b=c" 200 512 "-" "curl/8"',
  ]) {
    t.deepEqual(parseCombinedLogLine(line), request, line);
  }
});

test('a request line that names no path, and an answer without a size, are counted all the same', t => {
  const at = '10.0.0.1 - - [01/Jan/2026:00:00:00 +0000]';
  t.like(parseCombinedLogLine(`${at} "-" 408 -`), { path: '-', status: 408, bytes: 0 });
  t.like(parseCombinedLogLine(`${at} "" 400 0`), { path: '-', status: 400 });
  t.like(parseCombinedLogLine(`${at} "\\x16\\x03\\"" 400 226 "-" "-"`), { path: '-', status: 400, bytes: 226 });
});

test('what is no log line is refused', t => {
  for (const line of [
    '',
    'nonsense',
    '10.0.0.1 - - [17/Mai/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1',
    '10.0.0.1 - - [17/May/2015:10:05:03] "GET / HTTP/1.1" 200 1',
    '10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" OK 1',
    '10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1kB',
  ]) {
    t.throws(() => parseCombinedLogLine(line), { instanceOf: SyntaxError }, line);
  }
});

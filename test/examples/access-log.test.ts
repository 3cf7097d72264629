import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openLog } from '../../core/index.js';
import { firstLight, outcomeOf, resultLines, startFirstLight, testFolder } from './run-first-light.js';
import { accessLogHit, sortAndCount } from './sort-and-count.js';

const testData =
  process.env['MILLRACE_TEST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const apacheLog = join(testData, 'apache_logs.log');
const withApacheLog = existsSync(apacheLog) ? test.serial : test.serial.skip;
if (!existsSync(apacheLog)) console.log(`left out: the access log example on ${apacheLog} (no such file)`);

withApacheLog('an access log at 1 and 4 partitions gives what sorting and counting gives, exactly', async t => {
  const hits = readFileSync(apacheLog, 'utf8').trim().split('\n').map(accessLogHit);
  for (const [partitions, window] of [
    ['1', '60s'],
    ['4', '60s'],
    ['4', '1h'],
  ]) {
    const cwd = testFolder(t);
    const { code, stdout, stderr } = await firstLight(cwd, apacheLog, '--partitions', partitions!, '--window', window!);
    t.is(code, 0, stderr);
    t.regex(stdout, /^late +0 records/m);
    t.deepEqual(resultLines(join(cwd, 'out')), sortAndCount(hits, window === '1h' ? 3_600_000 : 60_000));
  }
});

const good = '10.0.0.1 - - [17/May/2015:10:05:03 +0200] "GET /a?b=c HTTP/1.1" 200 512 "-" "curl/8"';

test.serial('a line that is no log line goes to the dead letters with its position, and the run goes on', async t => {
  const cwd = testFolder(t);
  const lines = [
    good,
    'nonsense',
    '10.0.0.2 - joe [17/May/2015:10:05:04 +0200] "GET /b HTTP/1.1" 404 -',
    'ünd mehr',
    '',
  ];
  writeFileSync(join(cwd, 'access.log'), lines.join('\n'));
  const { code, stdout, stderr } = await firstLight(cwd, 'access.log');
  t.is(code, 0, stderr);
  t.deepEqual(
    resultLines(join(cwd, 'out')).map(line => JSON.parse(line)),
    [
      { window_start: 1431849900000, window_end: 1431849960000, path: '/a?b=c', requests: 1, bytes: 512, errors: 0 },
      { window_start: 1431849900000, window_end: 1431849960000, path: '/b', requests: 1, bytes: 0, errors: 1 },
    ],
  );
  t.regex(stdout, /^malformed +2 lines of requests: see the topic requests-dead-letters$/m);

  const log = await openLog(`file:${join(cwd, 'data')}`);
  const consumer = log.consumer({ topics: ['requests-dead-letters'], autoOffsetReset: 'earliest' });
  const letters = await consumer.poll({ waitMs: 20_000 });
  await consumer.close();
  await log.close();
  t.deepEqual(
    letters.map(({ value }) => value),
    ['nonsense', 'ünd mehr'],
  );
  const headers = letters.map(letter =>
    Object.fromEntries(letter.headers.map(({ key, value }) => [key, Buffer.from(value!).toString()])),
  );
  t.deepEqual(
    headers.map(header => [header['__connect.errors.position.file'], header['__connect.errors.position.line']]),
    [
      [join(cwd, 'access.log'), '2'],
      [join(cwd, 'access.log'), '4'],
    ],
  );
});

test.serial('what cannot be meant is one clear line and exit code 2, and removes nothing', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'access.log'), `${good}\n`);
  mkdirSync(join(cwd, 'mine'));
  writeFileSync(join(cwd, 'mine/thesis.txt'), 'years of work');
  const cases: [string[], RegExp][] = [
    [['acces.log'], /no file acces\.log \(did you mean "access\.log"\?\)/],
    [['--partition', '4'], /unknown option --partition \(did you mean "--partitions"\?\)/],
    [['--partitions', 'four'], /--partitions four: write a whole number/],
    [['--window', 'soon'], /"soon" is no duration/],
    [['--window', '0s'], /a window is at least 1ms/],
    [['--grace'], /--grace needs a value/],
    [['access.log', 'access.log'], /one FILE at most/],
    [['mine'], /mine is no file/],
    [['--data', 'mine'], /mine holds files that are not of this example/],
    [['--data', 'access.log'], /--data \S+access\.log is no directory/],
    [['--out', 'access.log'], /--out \S+access\.log is no directory/],
    [['--data', 'same', '--out', 'same'], /two directories/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await firstLight(cwd, ...args);
    t.is(code, 2, args.join(' '));
    t.is(stdout, '');
    t.is(stderr.trimEnd().split('\n').length, 1, stderr);
    t.regex(stderr, message);
  }
  t.true(existsSync(join(cwd, 'mine/thesis.txt')));
});

test.serial(
  'a run that was killed while it emptied its directory, or whose reader went away, is no obstacle',
  async t => {
    const cwd = testFolder(t);
    const data = join(cwd, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'left-over'), '');
    writeFileSync(join(data, '.first-light'), '');
    writeFileSync(join(cwd, 'access.log'), `${good}\n`);
    const child = startFirstLight(cwd, 'access.log');
    child.stdout.destroy();
    const { code, stderr } = await outcomeOf(child);
    t.is(code, 0, stderr);
    t.is(stderr, '');
    t.false(existsSync(join(data, 'left-over')));
    t.is(resultLines(join(cwd, 'out')).length, 1);
  },
);

test.serial('a data directory that another process holds is not touched: exit code 3 says who holds it', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'access.log'), `${good}\n`);
  t.is((await firstLight(cwd, 'access.log')).code, 0);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  const { code, stderr } = await firstLight(cwd, 'access.log');
  t.is(code, 3);
  t.regex(stderr, new RegExp(`\\b${process.pid}\\b`));
  t.true((await log.admin().listTopics()).some(({ name }) => name === 'requests'));
  await log.close();
});

// A recorded access log over four partitions, repartitioned by status: what least time first is for, and the figure without it.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { int64, openLog, string, topic } from '../../core/index.js';
import { type AppOptions, type Summary, topology, tumbling, windowed } from '../../streams/index.js';
import { createTopics, produce, type Row, readAll, start } from './running.js';

const dataDirectory =
  process.env['MILLRACE_TEST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const accessLog = `${dataDirectory}/apache_logs.log`;
const minuteMs = 60_000;

const requests = topic('requests');
const counts = topic('counts', { key: windowed(string, minuteMs), value: int64 });

function requestRows(): Row[] {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  return readFileSync(accessLog, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [, client, day, month, year, time, status] =
        /^(\S+) .*?\[(\d+)\/(\w+)\/(\d+):(\S+) [^\]]+\] ".*?" (\d{3}) /.exec(line)!;
      const monthNumber = String(months.indexOf(month!) + 1).padStart(2, '0');
      return { key: client!, value: status!, timestamp: Date.parse(`${year}-${monthNumber}-${day}T${time}Z`) };
    });
}

async function countByStatus(
  t: ExecutionContext,
  rows: readonly Row[],
  options: Pick<AppOptions, 'scheduling'>,
): Promise<{ summary: Summary; windows: Map<string, number> }> {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['requests'], 4);
  await produce(log, requests, rows);
  const build = topology('by-status');
  build
    .stream(requests)
    .groupBy(status => status, { key: string })
    .windowedBy(tumbling(minuteMs, { grace: minuteMs }))
    .count({ name: 'by-status', emit: 'close' })
    .toStream()
    .to(counts);
  const app = await start(t, build, { log, ...options });
  const summary = await app.finish();
  const windows = new Map<string, number>();
  for (const { key, value } of await readAll(log, counts)) {
    const name = `${key!.key}@${key!.startMs}`;
    t.false(windows.has(name), `${name} was emitted twice`);
    windows.set(name, value!);
  }
  return { summary, windows };
}

test('no record of a replayed access log is late behind a repartition', async t => {
  if (!existsSync(accessLog)) {
    t.log(`left out: ${accessLog} is not there`);
    t.pass();
    return;
  }
  const rows = requestRows();
  t.is(rows.length, 10_000);
  const expected = new Map<string, number>();
  for (const { value, timestamp } of rows) {
    const name = `${value}@${timestamp - (timestamp % minuteMs)}`;
    expected.set(name, (expected.get(name) ?? 0) + 1);
  }
  const leastTimeFirst = await countByStatus(t, rows, {});
  t.is(leastTimeFirst.summary.lateRecords, 0);
  t.deepEqual([...leastTimeFirst.windows].sort(byName), [...expected].sort(byName));
  const roundRobin = await countByStatus(t, rows, { scheduling: 'round-robin' });
  t.log(`late without least time first: ${roundRobin.summary.lateRecords} of ${rows.length}`);
  t.true(roundRobin.summary.lateRecords > 1_000);
});

function byName([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1;
}

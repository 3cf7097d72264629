// The access log's topology on another log: requests to NASA's web server on 1 August 1995, as tab-separated values.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startConnector } from '../../connect/index.js';
import { fileSink, fileSource } from '../../connectors/file/index.js';
import { accessLogTopology } from '../../examples/first-light/access-log.js';
import { openLog, runApp } from '../../millrace.js';
import { resultLines, testFolder } from './run-first-light.js';
import { sortAndCount } from './sort-and-count.js';

const testData =
  process.env['MILLRACE_TEST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const nasaLog = join(testData, 'nasa_19950801.tsv');
const withNasaLog = existsSync(nasaLog) ? test.serial : test.serial.skip;
if (!existsSync(nasaLog)) console.log(`left out: the traffic of NASA's web server in ${nasaLog} (no such file)`);

type Row = Record<'host' | 'time' | 'url' | 'response' | 'bytes', string>;

const requestOf = (row: Row) => ({
  host: row.host,
  timestamp: Number(row.time) * 1_000,
  path: row.url,
  status: Number(row.response),
  bytes: Number(row.bytes),
});

function rowsOfFile(): Row[] {
  const [heading, ...lines] = readFileSync(nasaLog, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'));
  return lines.map(cells => Object.fromEntries(heading!.map((name, column) => [name, cells[column]!])) as Row);
}

for (const partitions of [1, 4]) {
  withNasaLog(
    `tab-separated requests in ${partitions} partitions give what sorting and counting gives, exactly`,
    async t => {
      const out = testFolder(t);
      const log = await openLog('memory:');
      await log.admin().createTopics([
        { name: 'requests', partitions },
        { name: 'traffic-per-path', partitions },
      ]);
      const source = await startConnector(log, {
        name: 'nasa',
        connector: fileSource,
        config: {
          file: nasaLog,
          format: 'csv',
          'csv.delimiter': '\t',
          mode: 'once',
          topic: 'requests',
          map: (row: Row) => ({ key: row.host, value: requestOf(row), timestamp: Number(row.time) * 1_000 }),
        },
      });
      t.is((await source.done).records, 30_969);
      const app = await runApp(accessLogTopology({ windowMs: 60_000, graceMs: 60_000 }), { log });
      const { lateRecords, recordsIn } = await app.finish();
      t.is(recordsIn, 30_969);
      t.is(lateRecords, 0);
      const config = { topics: 'traffic-per-path', directory: out };
      await (await startConnector(log, { name: 'results', connector: fileSink, config })).finish();
      await log.close();
      t.deepEqual(resultLines(out), sortAndCount(rowsOfFile().map(requestOf), 60_000));
    },
  );
}

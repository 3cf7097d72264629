// A source in a process that a crash test starts and kills. With `once` it reads all that is there and ends. Arguments: log directory, URL of the database,
// `exactly-once` or `at-least-once`, `once` or `on`.

import { writeSync } from 'node:fs';
import { startConnector } from '../../../connect/index.js';
import { postgresSource } from '../../../connectors/postgres/index.js';
import { openLog } from '../../../core/index.js';

const say = (message: string): void => void writeSync(2, `${message}\n`);

async function run([directory, url, promise, until]: readonly string[]): Promise<void> {
  const log = await openLog(`file:${directory}`);
  const source = await startConnector(log, {
    name: promise!,
    connector: postgresSource,
    logger: { debug: () => {}, info: () => {}, warn: say, error: say },
    config: {
      'connection.url': url,
      mode: 'timestamp+incrementing',
      'timestamp.column.name': 'at',
      'table.include.list': 'items',
      'topic.prefix': `${promise}-`,
      'poll.interval.ms': 20,
      'poll.once': until === 'once',
      'batch.max.rows': 20,
      'offset.flush.interval.ms': 10,
      'offsets.storage.topic': `${promise}-offsets`,
      'exactly.once.source.support': promise === 'exactly-once' ? 'enabled' : 'disabled',
      'exactly.once.support': promise === 'exactly-once' ? 'required' : 'requested',
    },
  });
  await source.done;
  await log.close();
}

await run(process.argv.slice(2));

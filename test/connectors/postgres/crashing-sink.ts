// Two sinks in a process that a crash test starts, kills and freezes: `rows` by upsert with deletes, `events` by insert. It ends when all of both topics is
// written. Arguments: log directory, URL of the database, records of a transaction. MILLRACE_STALL=name:n freezes the process at the n-th hit of a failpoint.

import { writeSync } from 'node:fs';
import { startConnector } from '../../../connect/index.js';
import { postgresSink } from '../../../connectors/postgres/index.js';
import { openLog } from '../../../core/index.js';

const say = (message: string): void => void writeSync(2, `${message}\n`);
const logger = { debug: () => {}, info: () => {}, warn: say, error: say };

function stalling(): (name: string) => void {
  const [wanted, count] = (process.env['MILLRACE_STALL'] ?? '').split(':');
  let hitsLeft = Number(count);
  return name => {
    if (name !== wanted || --hitsLeft !== 0) return;
    writeSync(1, 'stalled');
    process.kill(process.pid, 'SIGSTOP');
  };
}

async function run([directory, url, batchSize]: readonly string[]): Promise<void> {
  const log = await openLog(`file:${directory}`);
  const stall = stalling();
  const connector: typeof postgresSink = {
    ...postgresSink,
    start(config, context) {
      const failpoint = (name: string): void => {
        context.failpoint(name);
        stall(name);
      };
      return postgresSink.start(config, { ...context, failpoint });
    },
  };
  const shared = {
    'connection.url': url,
    'batch.size': batchSize,
    'transaction.idle.timeout.ms': 3_000,
    'restart.backoff.ms': 100,
    'restart.backoff.max.ms': 500,
    'restart.attempts.max': 1_000,
    'errors.deadletterqueue.topic.name': 'dead',
  };
  const rows = {
    topics: 'rows',
    'insert.mode': 'upsert',
    'pk.mode': 'record_key',
    'pk.fields': 'id',
    'delete.enabled': true,
    'key.converter': 'string',
  };
  const sinks = await Promise.all([
    startConnector(log, { name: 'rows', connector, logger, config: { ...shared, ...rows } }),
    startConnector(log, { name: 'events', connector, logger, config: { ...shared, topics: 'events' } }),
  ]);
  await Promise.all(sinks.map(sink => sink.finish()));
  await log.close();
}

await run(process.argv.slice(2));

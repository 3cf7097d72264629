// What the kill test starts as a process of its own: three sinks of one topic: the last value of each key as hash and as string, and every record in a list. It
// ends by itself when all of the topic is in Redis. Arguments: log directory, URL of Redis. MILLRACE_ZOMBIE=name:n stops the process (SIGSTOP) at the n-th
// hit of that failpoint, so that another can take its place before it is woken.

import { appendFileSync } from 'node:fs';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { nodePorts } from '../../../core/platform/node-ports.js';

const [directory, url] = process.argv.slice(2) as [string, string];
const ports = nodePorts();
const [zombieAt, zombieHit] = (process.env['MILLRACE_ZOMBIE'] ?? ':0').split(':') as [string, string];
let hits = 0;
const failpoint = (name: string): void => {
  ports.failpoint(name);
  if (name === zombieAt && ++hits === Number(zombieHit)) process.kill(process.pid, 'SIGSTOP');
};

const notes = process.env['MILLRACE_NOTES'];
const note = (message: string): void => {
  if (notes !== undefined) appendFileSync(notes, `${message.replaceAll('\n', ' ')}\n`);
};
const logger = { debug: () => {}, info: () => {}, warn: note, error: note };

async function run(): Promise<void> {
  const log = await openLog(`file:${directory}`, { ports: { ...ports, failpoint }, flush: 'os' });
  const start = (name: string, type: string, converter: string) =>
    startConnector(log, {
      name,
      connector: redisSink,
      logger,
      config: {
        topics: 'changes',
        'redis.uri': url,
        'redis.type': type,
        'redis.keyspace': name,
        'value.converter': converter,
        'batch.size': 250,
        'tasks.max': 2,
        'offset.flush.interval.ms': 20,
        'restart.backoff.ms': 20,
        // Zombies and their successors take each other's place again and again.
        'restart.attempts.max': 10_000,
        'restart.backoff.max.ms': 200,
        'errors.deadletterqueue.topic.name': `${name}-dead`,
      },
    });
  const sinks = [
    await start('latest', 'hash', 'json'),
    await start('all', 'list', 'string'),
    await start('texts', 'string', 'string'),
  ];
  await Promise.all(sinks.map(sink => sink.finish()));
  await log.close();
}

await run();

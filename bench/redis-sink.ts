// The Redis sink beside `redis-benchmark -P 64` SET: the same server, values and count of keys, in turns. Where redis-benchmark is missing, the raw loop is
// a pipeline of ioredis, and the report says so. Only the wall clock compares them: redis-benchmark's CPU time is another process's.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startConnector } from '../connect/index.js';
import { redisSink } from '../connectors/redis/index.js';
import { bytes, type Log, openLog, topic } from '../core/index.js';
import { stoppedBySignal } from './ended-by-signal.js';
import { type Contender, measureInTurns, report } from './measure.js';

const run = promisify(execFile);
const keyCount = 100_000;
const value = Buffer.alloc(100, 'v');
const port = 28_653;
const texts = topic('texts', { key: bytes, value: bytes });

export async function benchRedisSink(recordCount: number, rounds: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const children: ChildProcess[] = [];
  const stop = () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  const forget = stoppedBySignal(stop);
  await startServer(directory, children).catch((error: Error) => {
    stop();
    throw error;
  });
  const log = await openLog('memory:');
  try {
    await fill(log, recordCount);
    const contenders = [
      raw(recordCount),
      sink(log, 'exactly once', true, recordCount),
      sink(log, 'at least once', false, recordCount),
    ];
    return report('Redis sink, 100-byte values, string keys', await measureInTurns(contenders, rounds));
  } finally {
    await log.close();
    forget();
    stop();
  }
}

async function startServer(directory: string, children: ChildProcess[]): Promise<void> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'];
  children.push(spawn('redis-server', args, { stdio: 'ignore' }));
  for (let tries = 0; tries < 200; tries++) {
    const answer = await run('redis-cli', ['-p', String(port), 'ping']).catch(() => undefined);
    if (answer?.stdout.trim() === 'PONG') return;
    await sleep(50);
  }
  throw new Error('the bench "redis-sink" needs redis-server, redis-cli and redis-benchmark in the PATH');
}

async function fill(log: Log, recordCount: number): Promise<void> {
  await log.admin().createTopics([{ name: texts.name, partitions: 1 }]);
  const producer = log.producer();
  const writer = await producer.writer(texts);
  for (let record = 0; record < recordCount; record++) {
    // As redis-benchmark's: key:000000001234, at random.
    const key = Buffer.from(`key:${String(Math.floor(Math.random() * keyCount)).padStart(12, '0')}`);
    writer.append(key, value, 0, 0);
    if ((record & 0x1fff) === 0 && producer.isFull) await producer.drained();
  }
  await producer.close();
}

function raw(recordCount: number): Contender {
  const args = ['-p', String(port), '-P', '64', '-t', 'set', '-d', String(value.length)];
  return {
    name: 'redis-benchmark -P 64 SET',
    run: async timed => {
      await timed(() => run('redis-benchmark', [...args, '-n', String(recordCount), '-r', String(keyCount), '-q']));
      return recordCount;
    },
  };
}

function sink(log: Log, name: string, isExact: boolean, recordCount: number): Contender {
  let round = 0;
  return {
    name: `Redis sink, ${name}`,
    run: async timed => {
      round++;
      await timed(async () => {
        const handle = await startConnector(log, {
          name: `bench-${isExact}-${round}`,
          connector: redisSink,
          config: {
            topics: texts.name,
            'redis.uri': `redis://127.0.0.1:${port}`,
            'redis.type': 'string',
            'redis.keyspace': '',
            'exactly.once': isExact,
          },
        });
        await handle.finish();
      });
      return recordCount;
    },
  };
}

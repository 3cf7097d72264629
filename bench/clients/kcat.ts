// librdkafka, by Debian's kcat: a process that reads lines out of a file, or writes them nowhere. Measured whole, as it has no way to say when
// its first record came; it compiles nothing and is up within some 20 ms.

import { execFile } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { batchBytes, type ClientJob } from './client-work.js';
import type { WorkerResult } from './worker.js';

const run = promisify(execFile);

export function hasKcat(): boolean {
  return (process.env['PATH'] ?? '').split(':').some(folder => existsSync(join(folder, 'kcat')));
}

/** The shell's `time` tells the CPU seconds of all threads of the process. */
async function timed(command: string, recordCount: number): Promise<WorkerResult> {
  const { stderr } = await run('bash', ['-c', `TIMEFORMAT='%R %U %S'; time ${command}`]);
  const times = stderr.trim().split('\n').at(-1)!;
  const [wallSeconds, user, system] = times.split(' ').map(Number) as [number, number, number];
  return { recordCount, wallSeconds, cpuSeconds: user + system };
}

/** In pieces: all of them may be more than one text holds. */
function writeLines(path: string, valueBytes: number, recordCount: number): void {
  const line = `${'v'.repeat(valueBytes)}\n`;
  const piece = line.repeat(Math.ceil(batchBytes / line.length));
  const file = openSync(path, 'w');
  for (let left = recordCount; left > 0; left -= piece.length / line.length)
    writeSync(file, left * line.length < piece.length ? line.repeat(left) : piece);
  closeSync(file);
}

export async function kcatProduce(job: ClientJob): Promise<WorkerResult> {
  const { bootstrap, topic, recordCount, valueBytes } = job;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const lines = join(folder, 'lines');
    writeLines(lines, valueBytes, recordCount);
    const options = `-X acks=all -X batch.size=${batchBytes} -X linger.ms=5 -X queue.buffering.max.messages=200000`;
    return await timed(`kcat -P -b ${bootstrap} -t ${topic} -l ${options} ${lines}`, recordCount);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function kcatConsume({ bootstrap, topic, recordCount }: ClientJob): Promise<WorkerResult> {
  const options = '-q -o beginning -X check.crcs=true';
  return timed(`kcat -C -b ${bootstrap} -t ${topic} -c ${recordCount} ${options} > /dev/null`, recordCount);
}

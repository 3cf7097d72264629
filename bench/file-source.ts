// The file source beside loops that read the same file in the same pieces and split it: lines, csv (each row an object of its columns) and jsonl. The
// source alone is what `poll` hands out; the whole connector has put the records into a topic of an embedded log too.

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConnector } from '../connect/index.js';
import { fileSource } from '../connectors/file/index.js';
import { openLog } from '../core/index.js';
import { type Contender, measureInTurns, report } from './measure.js';

type Format = 'lines' | 'csv' | 'jsonl';

const pieceBytes = 256 * 1024;

export async function benchFileSource(recordCount: number, rounds: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const reports: string[] = [];
    for (const format of ['lines', 'csv', 'jsonl'] as const) {
      const file = join(directory, `input.${format}`);
      writeFileSync(file, textOf(format, recordCount));
      const contenders = [raw(format, file), source(format, file), connector(format, file)];
      reports.push(report(`file source, ${format}, 100-byte rows`, await measureInTurns(contenders, rounds)));
    }
    return reports.join('\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function textOf(format: Format, recordCount: number): string {
  const rows: string[] = format === 'csv' ? ['id,name,city,amount,note'] : [];
  for (let id = 0; id < recordCount; id++) {
    const [name, city, amount] = [`customer ${id % 1000}`, `city ${id % 77}`, (id % 10_000) / 100];
    const note = 'nothing in particular to be said';
    if (format === 'jsonl') rows.push(JSON.stringify({ id, name, city, amount, note }));
    else if (format === 'csv') rows.push(`${id},${name},${city},${amount},${note} ${'x'.repeat(30)}`);
    else rows.push(`${id} INFO ${name} of ${city} has paid ${amount}: ${note} ${'x'.repeat(20)}`);
  }
  return `${rows.join('\n')}\n`;
}

/** Read and split: the loop that anybody would write. */
function raw(format: Format, file: string): Contender {
  const names = {
    lines: 'raw: read + split',
    csv: 'raw: read + split + split + object',
    jsonl: 'raw: read + split + JSON.parse',
  };
  const rowOf = {
    lines: (line: string): unknown => line,
    csv: (line: string): unknown => {
      const [id, name, city, amount, note] = line.split(',');
      return { id, name, city, amount, note };
    },
    jsonl: (line: string): unknown => JSON.parse(line),
  }[format];
  return { name: names[format], run: timed => timed(() => rawRead(file, rowOf) - (format === 'csv' ? 1 : 0)) };
}

function rawRead(file: string, rowOf: (line: string) => unknown): number {
  const descriptor = openSync(file, 'r');
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  let rest = '';
  let count = 0;
  for (let bytes = readSync(descriptor, piece); bytes > 0; bytes = readSync(descriptor, piece)) {
    const lines = (rest + piece.toString('utf8', 0, bytes)).split('\n');
    rest = lines.pop()!;
    const rows: unknown[] = [];
    for (const line of lines) rows.push(rowOf(line));
    count += rows.length;
  }
  closeSync(descriptor);
  return count;
}

function source(format: Format, file: string): Contender {
  const config = fileSource.config.parse({ file, format, mode: 'once', 'batch.bytes': pieceBytes });
  const quiet = () => {};
  const { signal } = new AbortController();
  const context = {
    connector: 'bench',
    task: 0,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    clock: { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => {}, yield: async () => {} },
    metrics: { count: quiet, gauge: quiet },
    signal,
    failpoint: quiet,
    offset: () => undefined,
    offsets: () => [],
  };
  const run = async () => {
    const task = await fileSource.start(config, context);
    let count = 0;
    for (let polled = await task.poll!(signal); polled !== 'ended'; polled = await task.poll!(signal)) {
      for (const { records } of polled) count += records.length;
    }
    await task.close?.();
    return count;
  };
  return { name: 'file source', run: timed => timed(run) };
}

function connector(format: Format, file: string): Contender {
  const run: Contender['run'] = async timed => {
    const log = await openLog('memory:');
    const config = { file, format, mode: 'once', topic: 'rows', 'batch.bytes': pieceBytes };
    const { records } = await timed(
      async () => (await startConnector(log, { name: 'bench', connector: fileSource, config })).done,
    );
    await log.close();
    return records;
  };
  return { name: 'file source -> topic of memory:', run };
}

// Pipelines beside the loop that anybody would write for the same: read pieces of a file, split, parse, filter, map, stringify, write. file -> filter, map
// -> file and -> Postgres, by expressions and by functions. A pipeline does more: each record counts once, whatever dies when; so its log is written
// and flushed in between. Where no PostgreSQL can be had, that part is left out, and said so.

import { closeSync, fsyncSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { preparePipeline, runPipeline, StateDirectory } from '../connect/pipeline/index.js';
import { fileSink, fileSource } from '../connectors/file/index.js';
import { postgresSink } from '../connectors/postgres/index.js';
import { type Contender, measureInTurns, report } from './measure.js';
import { benchPostgres } from './postgres-server.js';

const pieceBytes = 256 * 1024;

interface Order {
  readonly id: number;
  readonly customer: string;
  readonly city: string;
  readonly amount: number;
}

const byExpressions = [
  { filter: 'amount >= 20 and city != "city 7"' },
  { map: { id: 'id', customer: 'customer', cents: 'amount * 100' } },
];
const byFunctions = [
  { filter: ({ amount, city }: Order) => amount >= 20 && city !== 'city 7' },
  { map: ({ id, customer, amount }: Order) => ({ id, customer, cents: amount * 100 }) },
];
/** What is not plain is evaluated by JSONata itself. */
const byJsonata = [
  { filter: 'amount >= 20 and $not(city in ["city 7"])' },
  { map: '{ "id": id, "customer": $trim(customer), "cents": amount * 100 }' },
];

export async function benchPipeline(recordCount: number, rounds: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const database = await benchPostgres().catch((error: Error) => error);
  try {
    const input = join(directory, 'input.jsonl');
    writeFileSync(input, textOf(recordCount));
    const lineBytes = Math.round(textOf(1_000).length / 1_000);
    const run = { input, directory, recordCount };
    const toFiles = { connector: fileSink, config: { directory: '', 'flush.size': 100_000 } };
    const contenders = [
      raw(run),
      pipeline(run, { name: 'pipeline, functions -> file', steps: byFunctions, sink: toFiles }),
      pipeline(run, { name: 'pipeline, plain expressions -> file', steps: byExpressions, sink: toFiles }),
    ];
    if (database instanceof Error) console.log(`left out: PostgreSQL (${database.message})`);
    else contenders.push(toPostgres(run, database.url));
    const reports = [report(`pipeline, ${lineBytes}-byte rows of JSON`, await measureInTurns(contenders, rounds))];
    const few = { ...run, input: join(directory, 'few.jsonl'), recordCount: Math.ceil(recordCount / 20) };
    writeFileSync(few.input, textOf(few.recordCount));
    const slow = [
      raw(few),
      pipeline(few, { name: 'pipeline, other expressions -> file', steps: byJsonata, sink: toFiles }),
    ];
    reports.push(report('pipeline, expressions that JSONata evaluates', await measureInTurns(slow, rounds)));
    return reports.join('\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
    if (!(database instanceof Error)) await database.stop();
  }
}

function textOf(recordCount: number): string {
  const rows: string[] = [];
  for (let id = 0; id < recordCount; id++) {
    const order = { id, customer: `customer ${id % 1000}`, city: `city ${id % 77}`, amount: (id % 100) + 0.25 };
    rows.push(JSON.stringify({ ...order, note: 'nothing in particular to be said' }));
  }
  return `${rows.join('\n')}\n`;
}

interface Run {
  readonly input: string;
  readonly directory: string;
  readonly recordCount: number;
}

function raw({ input, directory, recordCount }: Run): Contender {
  const run = (): number => {
    const [from, to] = [openSync(input, 'r'), openSync(join(directory, 'raw.jsonl'), 'w')];
    const piece = Buffer.allocUnsafeSlow(pieceBytes);
    let rest = '';
    for (let bytes = readSync(from, piece); bytes > 0; bytes = readSync(from, piece)) {
      const lines = (rest + piece.toString('utf8', 0, bytes)).split('\n');
      rest = lines.pop()!;
      let text = '';
      for (const line of lines) {
        const { id, customer, city, amount } = JSON.parse(line) as Order;
        if (amount >= 20 && city !== 'city 7') text += `${JSON.stringify({ id, customer, cents: amount * 100 })}\n`;
      }
      writeSync(to, text);
    }
    fsyncSync(to);
    closeSync(from);
    closeSync(to);
    return recordCount;
  };
  return { name: 'raw: read, split, parse, filter, map, write', run: timed => timed(run) };
}

interface Made {
  readonly name: string;
  readonly steps: readonly object[];
  readonly sink: { readonly connector: object; readonly config: Readonly<Record<string, unknown>> };
}

function pipeline({ input, directory, recordCount }: Run, { name, steps, sink }: Made): Contender {
  let count = 0;
  const run: Contender['run'] = async timed => {
    const own = mkdtempSync(join(directory, `run-${count++}-`));
    const config = 'directory' in sink.config ? { ...sink.config, directory: join(own, 'out') } : sink.config;
    const source = { connector: fileSource, config: { file: input, mode: 'once', 'batch.bytes': pieceBytes } };
    const given = { name: `bench-${count}`, source, steps, sink: { ...sink, config } };
    const prepared = await preparePipeline(given, { connectors: {} });
    const state = new StateDirectory(join(own, 'state'));
    const { read } = await timed(() => runPipeline(prepared, { state }));
    rmSync(own, { recursive: true });
    if (read !== recordCount) throw new Error(`${read} of ${recordCount} records were read`);
    return read;
  };
  return { name, run };
}

function toPostgres(run: Run, url: string): Contender {
  const config = { 'connection.url': url, 'table.name.format': 'bench_orders' };
  const made = {
    name: 'pipeline, plain expressions -> Postgres',
    steps: byExpressions,
    sink: { connector: postgresSink, config },
  };
  const { name, run: measured } = pipeline(run, made);
  return {
    name,
    async run(timed) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('DROP TABLE IF EXISTS bench_orders');
      await client.query('CREATE TABLE bench_orders (id bigint, customer text, cents float8)');
      await client.end();
      return await measured(timed);
    },
  };
}

import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connectorSuite, type SinkPlace, type SourcePlace } from '../../connect/conformance/index.js';
import { fileSink, fileSource } from '../../connectors/file/index.js';
import { writtenFiles } from './file-writing.js';

/** In memory where there is such a place: all cases run at once, and flush their files. */
async function folder(): Promise<string> {
  return mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-file-conformance-'));
}

const limitMs = 170_000;

/** A file that lines are put into. */
async function filePlace(): Promise<SourcePlace> {
  const directory = await folder();
  const file = join(directory, 'in.jsonl');
  await writeFile(file, '');
  return {
    config: { file, 'poll.interval.ms': 5, 'batch.bytes': 64 },
    put: values => appendFile(file, values.map(value => `${JSON.stringify(value)}\n`).join('')),
    putBad: () => appendFile(file, 'not json\n'),
    close: () => rm(directory, { recursive: true }),
  };
}

/** A folder that files are put into, whose disk can be pulled out. */
async function spoolPlace(): Promise<SourcePlace> {
  const directory = await folder();
  const [input, away] = [join(directory, 'in'), join(directory, 'away')];
  let count = 0;
  let place = away;
  const put = async (text: string) => {
    const name = `${String(count++).padStart(6, '0')}.jsonl`;
    await writeFile(join(directory, name), text);
    await rename(join(directory, name), join(place, name));
  };
  await mkdirAt(away);
  await rename(away, input);
  place = input;
  return {
    config: { file: `${input}/*.jsonl`, mode: 'spool', 'poll.interval.ms': 5 },
    put: values => put(values.map(value => `${JSON.stringify(value)}\n`).join('')),
    putBad: () => put('not json\n'),
    breakPeer: async () => {
      place = away;
      await rename(input, away);
    },
    mendPeer: async () => {
      place = input;
      await rename(away, input).catch(() => undefined);
    },
    close: () => rm(directory, { recursive: true }),
  };
}

async function mkdirAt(path: string): Promise<void> {
  const made = await mkdtemp(`${path}-`);
  await rename(made, path);
}

async function sinkPlace(more: object): Promise<SinkPlace> {
  const directory = await folder();
  const output = join(directory, 'out');
  return {
    config: { directory: output, content: 'record', ...more },
    content: async () => {
      const held: { key: string | null; value: unknown; offset: number; partition: number }[] = [];
      for (const [path, bytes] of await writtenFiles(output).catch(() => new Map<string, Buffer>())) {
        // What is not finished is not visible.
        if (/(?:^|\/)\./.test(path)) continue;
        for (const line of String(bytes).trimEnd().split('\n')) held.push(JSON.parse(line));
      }
      return held.sort((one, other) => one.partition - other.partition || one.offset - other.offset);
    },
    close: () => rm(directory, { recursive: true }),
  };
}

/** No JSON, however long. */
const endless: { self?: unknown } = {};
endless.self = endless;

const sink = {
  connector: fileSink,
  keeps: 'every-record',
  guarantee: 'exactly-once',
  tombstones: 'keep',
  bad: { key: 'k', value: endless },
} as const;

const suites = [
  connectorSuite({
    limitMs,
    name: 'file source, tail',
    source: {
      connector: fileSource,
      place: filePlace,
      wrong: [
        { config: { file: 'in.jsonl', format: 'jsnol' }, names: /jsonl/ },
        { config: { file: 'in.jsonl', mode: 'tail', 'cleanup.policy': 'delete' }, names: /cleanup\.policy/ },
      ],
    },
  }),
  connectorSuite({ limitMs, name: 'file source, spool', source: { connector: fileSource, place: spoolPlace } }),
  connectorSuite({
    limitMs,
    name: 'file sink',
    sink: {
      ...sink,
      place: () => sinkPlace({ 'flush.size': 3 }),
      wrong: [
        { config: { directory: 'out', format: 'jsno' }, names: /jsonl/ },
        { config: { directory: 'out', 'path.format': '{topci}' }, names: /topic/ },
      ],
    },
  }),
  connectorSuite({
    limitMs,
    name: 'file sink, folders',
    sink: { ...sink, place: () => sinkPlace({ 'path.format': '{topic}/{key}', 'flush.size': 3 }) },
  }),
];

for (const suite of suites) {
  for (const each of suite) {
    test(each.title, async t => {
      t.timeout(200_000);
      const { leftOut } = (await each.run()) ?? {};
      if (leftOut !== undefined) t.log(`left out: ${leftOut}`);
      t.pass();
    });
  }
}

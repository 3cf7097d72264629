// The command, killed at every point that matters, and started again until it is done: each record counts once, whatever a step remembers.

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { millrace } from '../../cli/run-millrace.js';
import { committedValues } from './committed-values.js';
import { Scratch } from './scratch.js';

const points = [
  'connect/records-sent',
  'connect/offsets-written',
  'connect/transaction-committed',
  'topic-sink/records-sent',
  'topic-sink/committed',
  'file-sink/temporary-written',
  'file-sink/temporary-flushed',
  'file-sink/renamed',
];

const pipeline = `
name: survivor
source: { file: { file: '{DIR}/in.jsonl', mode: once, batch.bytes: 1KiB } }
steps:
  - dedupe: id
  - branch: [{ name: copy, when: 'true', copy: true, sink: { topic: { url: 'file:{DIR}/data', name: copies } } }]
sink: { file: { directory: '{DIR}/out', flush.size: 100 } }
`;

test('killed -9 at every point and run again, nothing is lost and nothing comes twice', async t => {
  t.timeout(600_000);
  const scratch = new Scratch(t);
  // Each run finds new ids, so that it comes to each point; they come three times, far enough apart to be in batches of their own.
  const ids: number[] = [];
  const append = (): void => {
    const added = Array.from({ length: 300 }, (_, at) => ids.length + at);
    appendFileSync(scratch.file('in.jsonl'), [...added, ...added, ...added].map(id => `{"id":${id}}\n`).join(''));
    ids.push(...added);
  };
  const file = scratch.write('survivor.yaml', pipeline.replaceAll('{DIR}', scratch.path));
  const log = scratch.file('failpoints.log');
  const run = (failpoint: string) => {
    const env = { MILLRACE_FAILPOINT: failpoint, MILLRACE_FAILPOINT_LOG: log };
    return millrace(['pipeline', 'run', file], { cwd: scratch.path, env });
  };
  for (const point of points) {
    append();
    const { code, stderr } = await run(point);
    if (code !== null) t.is(code, 0, stderr);
  }
  const last = await run('');
  t.is(last.code, 0, last.stderr);
  const died = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  t.deepEqual(died, points, 'it died at each of them, in this order');

  const expected = ids.map(id => ({ id }));
  t.deepEqual(scratch.lines('out'), expected);
  const copies = (await committedValues(`file:${scratch.file('data')}`, 'copies')) as { id: number }[];
  t.deepEqual(
    copies.toSorted((a, b) => a.id - b.id),
    expected,
  );
});

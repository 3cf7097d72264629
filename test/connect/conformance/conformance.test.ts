// A suite that cannot fail shows nothing: connectors that are right pass every case, and each that is wrong in one way is caught by the case for it.

import test, { type ExecutionContext } from 'ava';
import { connectorSuite, type SuiteOptions } from '../../../connect/conformance/index.js';
import { type SourceFault, shelfSource, sourceFaults } from './shelf-source.js';
import { type SinkFault, sinkFaults, storeSink } from './store-sink.js';

const right: readonly SuiteOptions[] = [
  { source: shelfSource('none') },
  { sink: storeSink('none', 'last-of-key'), name: 'store-sink by key' },
  { sink: storeSink('none', 'every-record') },
];
for (const options of right)
  for (const each of connectorSuite(options)) {
    test(each.title, async t => t.deepEqual(await each.run(), {}));
  }

async function requireCaught(t: ExecutionContext, options: SuiteOptions, id: string, words: RegExp): Promise<void> {
  // What is wrong may be that something never happens; all else has as long as it takes.
  const isNever = /not so|not ended/.test(words.source);
  const found = connectorSuite({ ...options, limitMs: isNever ? 1_500 : 60_000 }).find(each => each.id === id);
  if (found === undefined) throw new Error(`there is no case ${id}`);
  const verdict = await found.run().catch((error: Error) => error);
  if (verdict instanceof Error) t.regex(verdict.message, words);
  else t.fail(`${id} has not noticed`);
}

for (const [fault, [id, words]] of Object.entries(sourceFaults)) {
  test(`caught by ${id}: a source that ${fault}`, async t => {
    await requireCaught(t, { source: shelfSource(fault as SourceFault) }, id, words);
  });
}

for (const [fault, [id, words]] of Object.entries(sinkFaults)) {
  test(`caught by ${id}: a sink that ${fault}`, async t => {
    const keeps = id === 'tombstones' || id === 'zombie' ? 'last-of-key' : 'every-record';
    await requireCaught(t, { sink: storeSink(fault as SinkFault, keeps) }, id, words);
  });
}

// npm run bench [-- NAME ...] [--rounds N] [--records N]: names are produce, consume, filter-map, windowed-count, event-loop (default: all).

import { parseArgs } from 'node:util';
import { didYouMean, UsageError } from '../core/index.js';
import { benchConsume, benchProduce } from './embedded-log.js';
import { benchEventLoop } from './event-loop.js';
import { benchFilterMap, benchWindowedCount } from './streams.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, records: { type: 'string', default: '500000' } },
});
const rounds = Number(values.rounds);
const recordCount = Number(values.records);

const benches: Readonly<Record<string, () => Promise<string>>> = {
  produce: () => benchProduce(recordCount, rounds),
  consume: () => benchConsume(recordCount, rounds),
  'filter-map': () => benchFilterMap(recordCount, rounds),
  'windowed-count': async () =>
    [
      await benchWindowedCount({ recordCount, keyCount: 10_000 }, rounds),
      await benchWindowedCount({ recordCount, keyCount: 1_000_000 }, rounds),
    ].join('\n'),
  'event-loop': () => benchEventLoop(10),
};

for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) throw new UsageError(`no bench "${name}"${didYouMean(name, Object.keys(benches))}`);
  console.log(await bench());
}

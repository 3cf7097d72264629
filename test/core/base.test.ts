import test from 'ava';
import { durationMs } from '../../core/base/duration.js';
import { didYouMean, nearestWord } from '../../core/base/nearest-word.js';
import { sizeBytes } from '../../core/base/size.js';

test('durations are read with and without a unit, and nothing else is', t => {
  t.deepEqual(
    ['250ms', '60s', '5m', '1h', '1d', '1.5s', '7'].map(durationMs),
    [250, 60_000, 300_000, 3_600_000, 86_400_000, 1_500, 7],
  );
  for (const bad of ['', 'x', '5 weeks', '-1s', '0.5', Number.NaN, -1, 1.5]) {
    t.throws(() => durationMs(bad), { name: 'UsageError' });
  }
});

test('sizes are read in powers of 1024, and nothing else is', t => {
  t.deepEqual(['1', '2k', '3KiB', '1MB', '1g'].map(sizeBytes), [1, 2048, 3072, 1024 ** 2, 1024 ** 3]);
  for (const bad of ['', '1x', '-1', '1.5k', Number.POSITIVE_INFINITY])
    t.throws(() => sizeBytes(bad), { name: 'UsageError' });
});

test('an unknown word is answered with the nearest known one', t => {
  t.is(nearestWord('flihgts', ['airports', 'flights']), 'flights');
  t.is(nearestWord('zzzzzz', ['airports', 'flights']), undefined);
  t.is(didYouMean('airprots', ['airports', 'flights']), ' (did you mean "airports"?)');
  t.is(didYouMean('zzzzzz', ['airports', 'flights']), ' (known: airports, flights)');
});

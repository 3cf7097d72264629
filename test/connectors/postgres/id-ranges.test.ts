import test from 'ava';
import fc from 'fast-check';
import { IdRanges } from '../../../connectors/postgres/id-ranges.js';

test('an id is new once, in whatever order ids come and wherever the ranges were written down and read again', t => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -60n, max: 60n }), { maxLength: 200 }), fc.nat(200), (ids, cut) => {
      const seen = new Set<bigint>();
      let ranges = new IdRanges();
      ids.forEach((id, at) => {
        if (at === cut) ranges = IdRanges.parse(ranges.toString());
        if (ranges.add(id) === seen.has(id)) throw new Error(`${id} in ${ranges.toString()}`);
        seen.add(id);
      });
    }),
  );
  t.pass();
});

test('with many gaps the lowest ids are forgotten, never the others', t => {
  const ranges = new IdRanges();
  for (let id = 0n; id < 1000n; id += 2n) t.true(ranges.add(id));
  t.is(ranges.toString().split(',').length, 100);
  t.false(ranges.copy().add(998n));
  t.true(ranges.add(999n));
  t.true(ranges.add(0n), 'forgotten: it counts as new');
});

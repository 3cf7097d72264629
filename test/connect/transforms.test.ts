// The recorded cases of Kafka Connect's transforms and predicates: all give what the reference gave, but those that
// test/conformance/connect/known-differences.json names with a reason.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ConfigError } from '../../connect/api/index.js';
import { namedPredicate, namedTransform } from '../../connect/index.js';
import { projectRoot } from '../architecture/source-files.js';
import type { ConnectCase } from '../connect-conformance-runner/connect-case.js';
import { differenceOf } from '../connect-conformance-runner/run-connect-case.js';

const folder = join(projectRoot, 'test/conformance/connect');
const differences = 'known-differences.json';
const known = JSON.parse(readFileSync(join(folder, differences), 'utf8')) as Record<string, string>;

for (const file of readdirSync(folder).filter(name => name.endsWith('.json') && name !== differences)) {
  test(`${file}: every recorded case passes, but those that are known to differ`, t => {
    const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly ConnectCase[];
    t.true(cases.length > 1);
    const differing = cases.filter(each => differenceOf(each) !== undefined).map(({ id }) => id);
    const expected = cases.map(({ id }) => id).filter(id => id in known);
    t.deepEqual(differing, expected);
  });
}

test('a name that is none is refused', t => {
  t.throws(() => namedTransform('ExtractFeld$Value', { field: 'a' }), {
    instanceOf: ConfigError,
    message: /ExtractFeld/,
  });
  t.throws(() => namedTransform('ExtractField', { field: 'a' }), { instanceOf: ConfigError });
  t.throws(() => namedPredicate('HasHeader', {}), { instanceOf: ConfigError });
  t.notThrows(() => namedTransform('org.apache.kafka.connect.transforms.ExtractField$Key', { field: 'a' }));
});

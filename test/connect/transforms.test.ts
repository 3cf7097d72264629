// The recorded cases of Kafka Connect's transforms, predicates and converters: all give what the reference gave, but those that
// a rule of test/conformance/connect/known-differences.json explains.

import { join } from 'node:path';
import test from 'ava';
import { ConfigError } from '../../connect/api/index.js';
import { namedPredicate, namedTransform } from '../../connect/index.js';
import { projectRoot } from '../architecture/source-files.js';
import { caseFiles, isKnown, readKnown, runFile } from '../connect-conformance-runner/run-folder.js';

const folder = join(projectRoot, 'test/conformance/connect');
const known = readKnown(folder);

// The scenarios of the REST API have a test of their own.
for (const file of caseFiles(folder).filter(name => name !== 'rest')) {
  test(`${file}: every recorded case passes, but those that are known to differ`, async t => {
    const { outcomes } = await runFile(folder, file);
    if (outcomes === undefined) return t.log(`left out: nothing answers ${file} yet`);
    t.true(outcomes.length > 1);
    const unexplained = outcomes.filter(each => each.difference !== undefined && !isKnown(each, known));
    t.deepEqual(unexplained, []);
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

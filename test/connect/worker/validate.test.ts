import test from 'ava';
import type { Worker } from '../../../connect/index.js';
import { openFresh } from '../places.js';
import { workerOn } from './worker-under-test.js';

async function errorsOf(worker: Worker, config: Readonly<Record<string, string | null>>): Promise<readonly string[]> {
  const { configs } = await worker.validate(String(config['connector.class']), { name: 'n', ...config });
  return configs.flatMap(({ value }) => value.errors.map(error => `${value.name} | ${error}`));
}

test('validation shows each key with what is wrong with it, and creates nothing that is wrong', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  const source = { 'connector.class': 'Numbers', topic: 't', count: '5' };
  const sink = { 'connector.class': 'Collector', topics: 't' };
  const json = 'org.apache.kafka.connect.json.';
  const predicate = { predicates: 'isNull', 'predicates.isNull.type': 'RecordIsTombstone' };
  const cases: readonly (readonly [Readonly<Record<string, string | null>>, readonly (string | RegExp)[]])[] = [
    [source, []],
    [sink, []],
    [
      { 'connector.class': 'Numbers', topic: 't' },
      ['count | Missing required configuration "count" which has no default value.'],
    ],
    [{ ...source, count: '-1' }, ['count | Invalid value -1 for configuration count: must be a whole number from 0']],
    [
      { ...source, 'tasks.max': '0' },
      ['tasks.max | Invalid value 0 for configuration tasks.max: Value must be at least 1'],
    ],
    [{ ...source, 'custom.flag': 'true' }, []],
    [{ ...source, toppic: 't' }, ['toppic | toppic: there is no such option (did you mean "topic"?)']],
    [{ ...source, note: 'that is not name' }, []],
    [{ ...source, nam: 'x' }, ['nam | nam: there is no such option (did you mean "name"?)']],
    [{ ...source, 'errors.retry.delay.max.ms': '10s' }, []],
    [{ ...source, 'key.converter': 'StringConverter', 'key.converter.schemas.enable': 'false' }, []],
    [
      { ...source, 'key.converter': `${json}JsonConverter`, 'key.converter.schemas.enable': 'x' },
      [
        'key.converter.schemas.enable | Invalid value x for configuration schemas.enable: Expected value to be either true or false',
      ],
    ],
    [
      { ...source, 'value.converter': 'string', 'value.converter.converter.encoding': 'utf9' },
      ['value.converter.converter.encoding | converter.encoding: there is no encoding "utf9"'],
    ],
    [
      { ...source, 'value.converter': 'JsonConverter', 'value.converter.schemas.enabl': 'true' },
      [
        'value.converter.schemas.enabl | schemas.enabl: the converter JsonConverter has no such option (did you mean "schemas.enable"?)',
      ],
    ],
    [
      { ...source, 'key.converter': 'org.apache.kafka.connect.transforms.Filter' },
      [
        'key.converter | Class class org.apache.kafka.connect.transforms.Filter does not implement the Converter interface',
      ],
    ],
    [
      { ...sink, transforms: 'x', 'transforms.x.type': 'RegexRouter', 'transforms.x.regex': '(' },
      [
        /transforms\.x\.regex \| Invalid value \( for configuration regex: Invalid reg/,
        'transforms.x.replacement | Missing required configuration "transforms.x.replacement" which has no default value.',
      ],
    ],
    [
      { ...source, 'exactly.once.support': 'required' },
      ['exactly.once.support | This worker does not have exactly-once source support enabled.'],
    ],
    [
      { ...sink, 'topics.regex': 't.*' },
      ['topics', 'topics.regex'].map(
        key => `${key} | topics and topics.regex are mutually exclusive options, but both are set.`,
      ),
    ],
    [
      { ...source, transforms: 'x', 'transforms.x.type': 'Filter', 'transforms.x.predicate': 'isNul', ...predicate },
      [
        'transforms.x.predicate | transforms.x.predicate: "isNul" is not one of the names in predicates (did you mean "isNull"?)',
      ],
    ],
    [
      { ...source, transforms: 'x', 'transforms.x.type': 'Filter', 'transforms.x.negate': 'true' },
      [
        "transforms.x.negate | Config 'transforms.x.negate' was provided but there is no config 'transforms.x.predicate' defining a predicate to be negated.",
      ],
    ],
    [
      { ...source, transforms: 'x', 'transforms.x.type': 'Filter', 'transforms.x.predicate': 'isNull', ...predicate },
      [],
    ],
    [
      { ...sink, transforms: 'x', 'transforms.x.type': 'HoistField$Value' },
      ['transforms.x.field | Missing required configuration "transforms.x.field" which has no default value.'],
    ],
  ];
  for (const [config, errors] of cases) {
    const found = await errorsOf(worker, config);
    t.is(found.length, errors.length, `${JSON.stringify(config)}: ${found}`);
    for (const [at, error] of errors.entries()) {
      if (typeof error === 'string') t.is(found[at], error);
      else t.regex(found[at]!, error);
    }
  }
  const named = await worker.validate('Numbers', { ...source, name: 'n', 'key.converter': 'JsonConverter' });
  const valuesOf = (key: string) =>
    named.configs.filter(({ value }) => value.name === key).map(({ value }) => value.value);
  t.deepEqual(valuesOf('key.converter'), [`${json}JsonConverter`]);
  t.deepEqual(valuesOf('key.converter.converter.type'), ['key']);
  t.deepEqual(valuesOf('key.converter.decimal.format'), ['BASE64']);
  t.deepEqual(valuesOf('key.converter.schemas.enable'), ['true']);
  const answer = await worker.validate('test.NumbersConnector', { ...source, name: 'n', secret: 'hush-hush' });
  const secret = answer.configs.find(({ value }) => value.name === 'secret')!;
  t.is(secret.definition!.type, 'PASSWORD');
  t.is(secret.value.value, '[hidden]');
  t.is(answer.error_count, 0);
  t.deepEqual(answer.configs.find(({ value }) => value.name === 'tasks.max')!.definition, {
    name: 'tasks.max',
    type: 'INT',
    required: false,
    default_value: '1',
    importance: 'HIGH',
    documentation: 'How many tasks at most.',
    group: 'Common',
    order_in_group: 4,
    width: 'SHORT',
    display_name: 'Tasks max',
    dependents: [],
  });
  const refused = [
    [{ name: 'a', config: { ...source, 'tasks.max': 'x' } }, /contains the following 2 error\(s\):\nInvalid value x/],
    [{ name: 'a', config: { topic: 't' } }, /contains no connector type/],
    [{ name: 'a', config: { 'connector.class': 'Numbrs' } }, /Failed to find any class .*did you mean "Numbers"\?/],
    [{ name: 'a/b', config: source }, /could not be addressed in a URL/],
    [{ name: 'a', config: source, initialState: 'HALTED' }, /none of RUNNING, PAUSED, STOPPED/],
    [{ name: 'a', config: { ...source, count: { of: 1 } } }, /a configuration is flat/],
  ] as const;
  for (const [connector, message] of refused)
    await t.throwsAsync(worker.create(connector), { name: 'WorkerError', message });
  t.deepEqual(worker.connectors(), []);
  t.throws(() => worker.pluginConfig('none'), { message: 'Unknown plugin none.' });
  t.throws(() => worker.pluginConfig('Numbrs'), { message: 'Unknown plugin Numbrs. (did you mean "Numbers"?)' });
  t.true(worker.pluginConfig('ShortConverter').some(({ name }) => name === 'converter.type'));
  t.true(worker.pluginConfig('Collector').some(({ name }) => name === 'topics.regex'));
  t.deepEqual(
    worker.plugins().map(({ class: name }) => name),
    ['millrace.FileSink', 'millrace.FileSource', 'test.CollectorConnector', 'test.NumbersConnector'],
  );
  t.true(worker.plugins({ connectorsOnly: false }).some(({ type }) => type === 'transformation'));
  await t.throwsAsync(worker.setLogger('millrace.connect', 'LOUD', 'worker'), { message: "invalid log level 'LOUD'." });
  t.true((await worker.setLogger('millrace.connect', 'debug', 'cluster')).includes('millrace.connect'));
  t.is(worker.logger('millrace.connect').level, 'DEBUG');
  t.throws(() => worker.logger('none'), { message: 'Logger none not found.' });
  await worker.close();
  const { worker: next } = await workerOn(t, log);
  t.is(next.logger('millrace.connect').level, 'DEBUG');
  await next.close();
});

test('a version of a plugin may be asked for, or a range of them, and one that is not there is refused', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  const source = { 'connector.class': 'Numbers', topic: 't', count: '5', name: 'n' };
  const chain = { transforms: 'x', 'transforms.x.type': 'HoistField$Value', 'transforms.x.field': 'f' };
  const converter = { ...source, 'key.converter': 'JsonConverter' };
  const version = 'connector.plugin.version';
  for (const fits of [
    '1',
    '1.0',
    'latest',
    '[1]',
    '[1,2)',
    '(,1]',
    '[0.9-rc1,)',
    '[0.1,0.2],[1,3)',
    '(1-beta,1.0.0]',
  ]) {
    t.deepEqual(await errorsOf(worker, { ...source, [version]: fits }), [], fits);
  }
  const none = (plugin: string, range: string, own: string) =>
    `Plugin ${plugin} not found that matches the version range ${range}, available versions: [${own}]`;
  for (const [given, range] of [
    ['2', '[2,2]'],
    ['1-rc1', '[1-rc1,1-rc1]'],
    ['[2,)', '[2,)'],
    ['[0.1,1)', '[0.1,1)'],
    ['(1,2]', '(1,2]'],
    ['', '[,]'],
  ] as const) {
    const fault = none('test.NumbersConnector', range, '1');
    const found = await errorsOf(worker, { ...source, [version]: given });
    t.deepEqual(found, [`connector.class | ${fault}`, `${version} | ${fault}`], given);
  }
  for (const [given, message] of [
    ['[1', 'Unbounded range: [1'],
    ['(1)', 'Single version must be surrounded by []: (1)'],
    ['[2,1]', 'Range defies version ordering: [2,1]'],
    ['[1,2],3', 'Only fully-qualified sets allowed in multiple set scenario: [1,2],3'],
  ] as const) {
    t.deepEqual(await errorsOf(worker, { ...source, [version]: given }), [`${version} | ${message}`]);
  }
  const own = worker.serverInfo().version;
  const json = none('org.apache.kafka.connect.json.JsonConverter', '[9,9]', own);
  t.deepEqual(await errorsOf(worker, { ...converter, 'key.converter.plugin.version': '9' }), [
    `key.converter | ${json}`,
    `key.converter.plugin.version | ${json}`,
  ]);
  t.deepEqual(await errorsOf(worker, { ...converter, 'key.converter.plugin.version': own }), []);
  // The worker's own converter: Kafka Connect holds no version against it.
  t.deepEqual(await errorsOf(worker, { ...source, 'key.converter.plugin.version': '9' }), []);
  const hoist = none('HoistField$Value', '[9,9]', own);
  t.deepEqual(await errorsOf(worker, { ...source, ...chain, 'transforms.x.plugin.version': '9' }), [
    `transforms.x.type | ${hoist}`,
    `transforms.x.plugin.version | ${hoist}`,
  ]);
  t.deepEqual(await errorsOf(worker, { ...source, ...chain, 'transforms.x.plugin.version': 'latest' }), []);
  const { configs } = await worker.validate('Numbers', { ...source, [version]: 'junk' });
  t.true(
    configs.some(({ value }) => value.name === 'count'),
    'the own keys of the connector stay',
  );
});

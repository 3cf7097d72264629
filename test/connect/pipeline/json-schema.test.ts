import test from 'ava';
import { FaultList } from '../../../connect/pipeline/fault-list.js';
import { compileJsonSchema } from '../../../connect/pipeline/json-schema.js';

async function compiled(schema: unknown) {
  const faults = new FaultList(undefined, () => undefined);
  const check = await compileJsonSchema(schema, [], faults);
  return {
    faults: faults.all.map(({ path, message }) => `${path.join('/')}: ${message}`),
    told: (value: unknown): string[] => (check?.(value) ?? []).map(({ at, message }) => `${at.join('.')}: ${message}`),
  };
}

test('what does not fit is told with its place, and what it is', async t => {
  const { told } = await compiled({
    type: 'object',
    required: ['id'],
    properties: {
      id: true,
      amount: { type: 'number', minimum: 1 },
      when: { format: 'date-time' },
      items: { items: { required: ['sku'] } },
    },
    additionalProperties: false,
  });
  t.deepEqual(told({ amount: '5', when: 'soon', items: [{ sku: 1 }, {}], amuont: 5 }), [
    'id: is missing',
    'amuont: is no field there (did you mean "amount"?)',
    'amount: must be number, and is "5"',
    'when: must match format "date-time", and is "soon"',
    'items.1.sku: is missing',
  ]);
  t.deepEqual(told({ id: 1n, amount: 2n, when: new Date(0) }), [], 'int64 and times of databases');
  const cents = await compiled({ multipleOf: 0.01 });
  t.deepEqual(cents.told(4.02), [], 'which 4.02 / 0.01 is not, in doubles');
  const dependent = await compiled({ dependentRequired: { a: ['b'] } });
  t.deepEqual([dependent.told({ b: 1 }), dependent.told({ a: 1 })], [[], ['b: is missing, as there is "a"']]);
  const bare = await compiled({ required: ['a'] });
  t.deepEqual([bare.told({ b: 1 }), bare.told('a text')], [['a: is missing'], []], 'without properties and type');
  const colour = await compiled({ enum: ['red', 'green'] });
  t.deepEqual(colour.told('gren'), [': must be one of "red", "green", and is "gren" (did you mean "green"?)']);
});

test('of several schemas the nearest tells what does not fit', async t => {
  const any = await compiled({ anyOf: [{ required: ['a', 'b'] }, { type: 'string' }] });
  t.deepEqual([any.told({ a: 1 }), any.told({ a: 1, b: 1 }), any.told('s')], [['b: is missing'], [], []]);
  const one = await compiled({ oneOf: [{ required: ['a'] }, { required: ['b'] }] });
  t.deepEqual(one.told({ a: 1, b: 1 }), [': must match exactly one schema in oneOf, and is {"a":1,"b":1}']);
  const some = await compiled({ contains: { const: 1 } });
  t.deepEqual(some.told([2, 2]), [': must contain at least 1 valid item(s), and is [2,2]']);
});

test('the draft is the one that the schema names', async t => {
  const list = [{ type: 'number' }, { type: 'string' }];
  const seven = await compiled({ $schema: 'http://json-schema.org/draft-07/schema#', items: list });
  t.deepEqual([seven.faults, seven.told([1, 2])], [[], ['1: must be string, and is 2']]);
  const newest = await compiled({ prefixItems: list });
  t.deepEqual([newest.faults, newest.told([1, 2])], [[], ['1: must be string, and is 2']]);
  const old = await compiled({ $schema: 'http://json-schema.org/draft-04/schema#' });
  t.deepEqual(old.faults, [
    '$schema: is no draft that is known here: it may name 2020-12, 2019-09, draft-07, draft-06',
  ]);
});

test('a schema that cannot be meant is told with its place', async t => {
  const told = async (schema: unknown) => (await compiled(schema)).faults;
  const types = '"array", "boolean", "integer", "null", "number", "object", "string"';
  t.deepEqual(await told({ type: 'sting' }), [
    `type: must be one of ${types}, and is "sting" (did you mean "string"?)`,
  ]);
  t.deepEqual(await told({ allOf: [{ requird: ['a'] }] }), [
    'allOf/0/requird: JSON Schema has no "requird" (did you mean "required"?)',
  ]);
  t.deepEqual(await told({ properties: { requird: { minLength: '2' } } }), [
    'properties/requird/minLength: must be integer, and is "2"',
  ]);
  t.regex((await told({ pattern: '(' }))[0]!, /^pattern: Invalid regular expression/);
  t.deepEqual(await told({ format: 'datetime' }), [
    'format: there is no format "datetime" here (did you mean "date-time"?)',
  ]);
  t.deepEqual(await told({ items: { $ref: '#/$defs/x' } }), ['items/$ref: there is no #/$defs/x in the schema']);
  t.deepEqual(await told({ items: [{ type: 'number' }] }), [
    'items: must be object or boolean, and is [{"type":"number"}]',
  ]);
  t.deepEqual(await told({ required: 'a' }), ['required: must be array, and is "a"']);
});

import { Ajv } from 'ajv';
import test from 'ava';
import { FaultList } from '../../../connect/pipeline/fault-list.js';
import { JsonSchemaCompiler } from '../../../connect/pipeline/json-schema.js';
import type { SchemaFault } from '../../../connect/pipeline/json-schema-rules.js';

function compiled(schema: unknown) {
  const faults = new FaultList(undefined, () => undefined);
  const check = new JsonSchemaCompiler(schema, [], faults).compile();
  return {
    faults: faults.all.map(({ path, message }) => `${path.join('/')}: ${message}`),
    told(value: unknown): string[] {
      const found: SchemaFault[] = [];
      check?.(value, [], found);
      return found.map(({ at, message }) => `${at.join('.')}: ${message}`);
    },
  };
}

const ofFields = [
  { required: ['a'] },
  { type: 'object', required: ['a', 'b'], properties: { a: { type: 'number' } } },
  { properties: { a: { type: 'number' } } },
  { properties: { a: { type: ['integer', 'null'] } } },
  { properties: { a: {} }, additionalProperties: false },
  {
    properties: { a: true },
    patternProperties: { '^b': { type: 'number' } },
    additionalProperties: { type: 'string' },
  },
  { properties: { b: false } },
  { minProperties: 2 },
  { maxProperties: 1 },
  { propertyNames: { pattern: '^a' } },
  { properties: { a: { $ref: '#/definitions/n' } }, definitions: { n: { type: 'number' } } },
  { properties: { a: { $ref: '#' }, x: { type: 'number' } }, additionalProperties: false },
  { properties: { a: { type: 'object', required: ['x'] } } },
];
const ofValues = [
  { type: ['object', 'null'] },
  { type: 'integer' },
  { enum: [1, 'x', null, { a: 1 }] },
  { const: { a: [1] } },
  { minimum: 2, maximum: 4 },
  { exclusiveMinimum: 1, exclusiveMaximum: 5 },
  { multipleOf: 2 },
  { minLength: 2, maxLength: 3 },
  { pattern: '^x|\\p{Lu}' },
  { items: { type: 'number' }, minItems: 1, maxItems: 2, uniqueItems: true },
  { items: [{ type: 'number' }, { type: 'string' }], additionalItems: false },
  { contains: { const: 1 } },
];
const ofSchemas = [
  { anyOf: [{ required: ['a'] }, { type: 'string' }] },
  { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
  { allOf: [{ required: ['a'] }, { minProperties: 2 }] },
  { not: { required: ['a'] } },
  JSON.parse(
    '{ "if": { "required": ["a"] }, "then": { "required": ["b"] }, "else": { "minProperties": 1 } }',
  ) as object,
  true,
  false,
];
const values = [
  ...[
    null,
    true,
    0,
    1,
    1.5,
    2,
    3,
    5,
    4.02,
    1e20,
    '',
    's',
    'x',
    'xy',
    'ÄÄ',
    '😀😀',
    'long',
    [],
    [1],
    [1, 1],
    [1, 'z'],
    ['z', 1],
  ],
  ...[
    {},
    { a: 1 },
    { a: 1, b: 2 },
    { b: 2 },
    { b: 'x' },
    { a: 'x' },
    { a: null },
    { a: [1] },
    { a: {} },
    { a: { x: 1 } },
  ],
  ...[{ a: { x: 'y' } }, { a: { a: { q: 1 } } }, { z: 1, a: 1 }, { z: 'z', b: 3, bb: '4' }, [{ a: 1 }, { a: 1 }]],
];

test('a value fits a schema where ajv says that it does', t => {
  const ajv = new Ajv({ strict: false });
  for (const schema of [...ofFields, ...ofValues, ...ofSchemas]) {
    const expected = ajv.compile(schema);
    const { told, faults } = compiled(schema);
    t.deepEqual(faults, [], JSON.stringify(schema));
    for (const value of values)
      t.is(told(value).length === 0, expected(value), `${JSON.stringify(value)} in ${JSON.stringify(schema)}`);
  }
});

test('what does not fit is told with its place, and what it is', t => {
  const { told } = compiled({
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
    'amount: must be number, and is "5"',
    'when: must be of the format date-time, and is "soon"',
    'items.1.sku: is missing',
    'amuont: is no field there (did you mean "amount"?)',
  ]);
  t.deepEqual(told({ id: 1n, amount: 2n, when: new Date(0) }), [], 'int64 and times of databases');
  t.deepEqual(compiled({ multipleOf: 0.01 }).told(4.02), [], 'which 4.02 / 0.01 is not, in doubles');
  const dependent = compiled({ dependentRequired: { a: ['b'] } });
  t.deepEqual([dependent.told({ b: 1 }), dependent.told({ a: 1 })], [[], ['b: is missing, as there is "a"']]);
});

test('a schema that cannot be meant is told with its place', t => {
  const told = (schema: unknown) => compiled(schema).faults;
  t.deepEqual(told({ type: 'sting' }), ['type: there is no type "sting" (did you mean "string"?)']);
  t.deepEqual(told({ allOf: [{ requird: ['a'] }] }), [
    'allOf/0/requird: JSON Schema has no "requird" (did you mean "required"?)',
  ]);
  t.deepEqual(told({ properties: { a: { minLength: '2' } } }), [
    'properties/a/minLength: must be a whole number from 0',
  ]);
  t.regex(told({ pattern: '(' })[0]!, /^pattern: is no regular expression/);
  t.deepEqual(told({ format: 'datetime' }), ['format: there is no format "datetime" here (did you mean "date-time"?)']);
  t.deepEqual(told({ items: { $ref: '#/$defs/x' } }), ['items/$ref: there is no #/$defs/x in the schema']);
  t.deepEqual(told({ required: 'a' }), ['required: must be a list of names']);
});

// What is evaluated without JSONata is what JSONata gives, for expressions and values of every kind; or it is `unsure`.

import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { directExpression, unsure } from '../../../connect/pipeline/direct-expression.js';

const variables = ['key', 'topic', 'timestamp', 'headers'];

const names = fc.constantFrom('a', 'b', 'c', '`two words`');
const literals = fc.oneof(
  fc.constantFrom('0', '1', '-2', '2.5', '1e300', '"x"', '""', '"12"', '"-7.5"', 'true', 'false', 'null'),
);
const paths = fc.oneof(
  fc.array(names, { minLength: 1, maxLength: 3 }).map(parts => parts.join('.')),
  fc.constantFrom('$', '$key', '$timestamp', '$key.a', '$headers.h', '$.a', '$nothing'),
);
const operators = fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or');
const called = fc.constantFrom('string', 'number', 'uppercase', 'lowercase', 'not', 'floor', 'ceil', 'abs');

const { expression: expressions } = fc.letrec<{ expression: string }>(tie => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    literals,
    paths,
    fc
      .tuple(tie('expression'), operators, tie('expression'))
      .map(([left, word, right]) => `(${left}) ${word} (${right})`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([when, then, other]) => `(${when}) ? (${then}) : (${other})`),
    fc.tuple(tie('expression'), tie('expression')).map(([when, then]) => `(${when}) ? (${then})`),
    fc.tuple(called, tie('expression')).map(([name, argument]) => `$${name}(${argument})`),
    tie('expression').map(operand => `-(${operand})`),
    fc.tuple(tie('expression'), tie('expression')).map(([one, two]) => `{ "one": ${one}, "two": ${two} }`),
    // Not of this part, and so JSONata's.
    tie('expression').map(item => `[${item}]`),
    tie('expression').map(value => `$sum(${value})`),
  ),
}));

/** Without bigints, which JSONata does not know: see the last test. */
const { value: values } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<unknown>(
      0,
      -0,
      1,
      2.5,
      -3,
      1e21,
      0.1 + 0.2,
      2 ** 53,
      '',
      'x',
      '12',
      '0x1f',
      'straße',
      true,
      false,
      null,
      undefined,
    ),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'two words'), tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.constant({ a: 1, _jsonata_function: true }),
  ),
}));

/** A sequence of JSONata has notes on it. */
function plain(value: unknown): unknown {
  return Array.isArray(value) && 'sequence' in value ? [...value] : value;
}

test('where it answers, it answers as JSONata does', async t => {
  let answered = 0;
  let asked = 0;
  const check = async (text: string, input: unknown, key: unknown): Promise<void> => {
    const compiled = jsonata(text);
    const direct = directExpression(compiled.ast(), variables);
    const bindings = { key, topic: 't', timestamp: 7, headers: { h: 'x' } };
    const result = direct === undefined ? unsure : direct(input, bindings);
    if (result === unsure) {
      asked++;
      return;
    }
    answered++;
    const expected = await compiled
      .evaluate(input, bindings)
      .then(plain, error => ({ threw: (error as { code: string }).code }));
    t.true(
      isDeepStrictEqual(result, expected),
      `${text} of ${fc.stringify(input)}: ${fc.stringify(result)}, not ${fc.stringify(expected)}`,
    );
  };
  await fc.assert(
    fc.asyncProperty(expressions, values, values, (text, input, key) => check(text, input, key)),
    { numRuns: process.env['MILLRACE_SOAK'] === 'full' ? 200_000 : 3_000 },
  );
  t.log(`${answered} answered, ${asked} left to JSONata`);
  t.true(answered > 200);
});

test('what people write is answered, and what JSONata would map over, flatten or refuse is not', async t => {
  const flight = { origin: 'ABQ', delay: 75, amount: '12.5', nested: { deep: 1 }, list: [1], big: 2n ** 60n };
  const of = (text: string, input: unknown = flight): unknown =>
    directExpression(jsonata(text).ast(), variables)?.(input, { key: 'k', topic: 't', timestamp: 7, headers: {} }) ??
    'not compiled';
  t.is(of('delay > 60 and origin = "ABQ"'), true);
  t.is(of('delay / 60'), 1.25);
  t.is(of("origin & '-' & delay"), 'ABQ-75');
  t.is(of('$number(amount) * 2'), 25);
  t.is(of('nested.deep'), 1);
  t.is(of('$key'), 'k');
  t.is(of('big'), 2n ** 60n);
  t.is(of('delay > 60 ? "late" : "fine"'), 'late');
  t.is(of('missing = 1'), false);
  for (const text of ['list', 'list[0]', 'origin > 5', 'delay & nested', '$number(origin)', 'big + 1', '1 / 0']) {
    const result = of(text);
    t.true(result === unsure || result === 'not compiled', text);
  }
  t.is(of('a', [{ a: 1 }]), unsure);
  for (const text of [
    '$sum(list)',
    '$now()',
    'origin ~> $uppercase',
    'a[b=1]',
    'a^(b)',
    'a.{ "b": c }',
    '($x := 1; $x)',
    '*',
    '**',
    'a#$i',
    '$other',
  ])
    t.is(of(text), 'not compiled', text);
});

test('whole numbers beyond those of JSONata compare as what they are, and are texts with all their digits', t => {
  const row = { id: 9007199254740993n, next: 9007199254740994n, one: 1 };
  const cases: readonly (readonly [string, unknown])[] = [
    ['id < next', true],
    ['id > one', true],
    ['one >= id', false],
    ['id = id', true],
    ['id != next', true],
    ['id ? $string(id) : "none"', '9007199254740993'],
    ['"order " & id', 'order 9007199254740993'],
  ];
  for (const [text, expected] of cases)
    t.is(directExpression(jsonata(text).ast(), variables)?.(row, {}), expected, text);
});

// What each word of JSON Schema asks of a value.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { didYouMean } from '../../core/index.js';
import type { Path } from './fault.js';

export interface SchemaFault {
  /** Names of fields and places in lists, from the value on. */
  readonly at: readonly (string | number)[];
  readonly message: string;
}

/** Notes what does not fit. */
export type Check = (value: unknown, at: SchemaFault['at'], faults: SchemaFault[]) => void;

export interface RuleMaking {
  /** The word's siblings. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly path: Path;
  readonly compiler: {
    compile(given: unknown, path: Path): Check | undefined;
    fault(path: Path, message: string): undefined;
  };
}

/** Undefined, with the fault noted, for what cannot be meant. */
export type Rule = (given: unknown, making: RuleMaking) => Check | undefined;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isText(value);
/** Bytes and times are texts in JSON. */
const isText = (value: unknown): boolean =>
  typeof value === 'string' || value instanceof Uint8Array || value instanceof Date;
const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: isText,
  number: isNumber,
  integer: value => typeof value === 'bigint' || Number.isInteger(value),
  boolean: value => typeof value === 'boolean',
  null: value => value === null,
  array: Array.isArray,
  object: isFields,
};

const formats: Readonly<Record<string, z.ZodType>> = {
  'date-time': z.iso.datetime({ offset: true }),
  date: z.iso.date(),
  time: z.iso.time(),
  duration: z.iso.duration(),
  email: z.email(),
  uuid: z.uuid(),
  uri: z.url(),
  ipv4: z.ipv4(),
  ipv6: z.ipv6(),
  hostname: z
    .string()
    .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i),
};

/** A rule of one kind of values: `fits` says what does, `message` what is told of the rest. */
function ruleOf<T, V>(
  read: (given: unknown) => T | undefined,
  expected: string,
  is: (value: unknown) => value is V,
  fits: (value: V, limit: T) => boolean,
  message: (limit: T) => string,
): Rule {
  return (given, { path, compiler }) => {
    const limit = read(given);
    if (limit === undefined) return compiler.fault(path, `must be ${expected}`);
    const told = message(limit);
    return (value, at, faults) => {
      if (is(value) && !fits(value, limit)) faults.push({ at, message: told });
    };
  };
}

const numberOf = (given: unknown) => (typeof given === 'number' ? given : undefined);
const countOf = (given: unknown) => (Number.isInteger(given) && (given as number) >= 0 ? (given as number) : undefined);
const isString = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const numberRule = (fits: (value: number | bigint, limit: number) => boolean, words: string): Rule =>
  ruleOf(numberOf, 'a number', isNumber, fits, limit => `must be ${words} ${limit}`);
const lengthRule = (fits: (count: number, limit: number) => boolean, words: string): Rule =>
  ruleOf(
    countOf,
    'a whole number from 0',
    isString,
    (text, limit) => fits([...text].length, limit),
    limit => `must have ${words} ${limit} characters`,
  );
const itemsRule = (fits: (count: number, limit: number) => boolean, words: string): Rule =>
  ruleOf(
    countOf,
    'a whole number from 0',
    isList,
    (list, limit) => fits(list.length, limit),
    limit => `must have ${words} ${limit} items`,
  );
const fieldsRule = (fits: (count: number, limit: number) => boolean, words: string): Rule =>
  ruleOf(
    countOf,
    'a whole number from 0',
    isFields,
    (fields, limit) => fits(Object.keys(fields).length, limit),
    limit => `must have ${words} ${limit} fields`,
  );
const isUpTo = (count: number, limit: number) => count <= limit;
const isFrom = (count: number, limit: number) => count >= limit;

export const rules: Readonly<Record<string, Rule>> = {
  type: typeRule,
  enum: (given, { path, compiler }) => {
    if (!isList(given)) return compiler.fault(path, 'must be a list of values');
    const told = `must be one of ${given.map(shown).join(', ')}`;
    return (value, at, faults) => {
      if (!given.some(each => isSame(each, value))) faults.push({ at, message: `${told}, and is ${shown(value)}` });
    };
  },
  const: given => (value, at, faults) => {
    if (!isSame(given, value)) faults.push({ at, message: `must be ${shown(given)}, and is ${shown(value)}` });
  },
  minimum: numberRule((value, limit) => value >= limit, 'at least'),
  maximum: numberRule((value, limit) => value <= limit, 'at most'),
  exclusiveMinimum: numberRule((value, limit) => value > limit, 'more than'),
  exclusiveMaximum: numberRule((value, limit) => value < limit, 'less than'),
  multipleOf: ruleOf(
    given => (typeof given === 'number' && given > 0 ? given : undefined),
    'a number above 0',
    isNumber,
    isMultiple,
    limit => `must be a multiple of ${limit}`,
  ),
  minLength: lengthRule(isFrom, 'at least'),
  maxLength: lengthRule(isUpTo, 'at most'),
  pattern: (given, making) => {
    const pattern = patternOf(given, making);
    return pattern && textCheck(text => pattern.test(text), `must match ${String(given)}`);
  },
  format: (given, { path, compiler }) => {
    const format = isString(given) && Object.hasOwn(formats, given) ? formats[given] : undefined;
    if (format !== undefined)
      return textCheck(text => format.safeParse(text).success, `must be of the format ${given}`);
    return compiler.fault(path, `there is no format "${given}" here${didYouMean(String(given), Object.keys(formats))}`);
  },
  minItems: itemsRule(isFrom, 'at least'),
  maxItems: itemsRule(isUpTo, 'at most'),
  uniqueItems: given => (value, at, faults) => {
    if (given !== true || !isList(value)) return;
    const twice = value.some((item, index) => value.slice(0, index).some(before => isSame(before, item)));
    if (twice) faults.push({ at, message: 'must not have an item twice' });
  },
  prefixItems: listRule,
  items: (given, making) => (isList(given) ? listRule(given, making) : restRule('prefixItems', given, making)),
  contains: containsRule,
  minProperties: fieldsRule(isFrom, 'at least'),
  maxProperties: fieldsRule(isUpTo, 'at most'),
  required: (given, { path, compiler }) => {
    if (!isList(given) || !given.every(isString)) return compiler.fault(path, 'must be a list of names');
    return (value, at, faults) => {
      if (!isFields(value)) return;
      for (const name of given)
        if (value[name] === undefined) faults.push({ at: [...at, name], message: 'is missing' });
    };
  },
  dependentRequired: (given, { path, compiler }) => {
    if (!isFields(given) || !Object.values(given).every(isList))
      return compiler.fault(path, 'must be an object of lists of names');
    return (value, at, faults) => {
      if (!isFields(value)) return;
      for (const [name, needed] of Object.entries(given as Record<string, readonly string[]>)) {
        const missing = value[name] === undefined ? [] : needed.filter(each => value[each] === undefined);
        for (const each of missing) faults.push({ at: [...at, each], message: `is missing, as there is "${name}"` });
      }
    };
  },
  dependentSchemas: (given, making) => eachRule(given, making, (value, name) => value[name] !== undefined),
  properties: propertiesRule,
  patternProperties: patternPropertiesRule,
  additionalProperties: additionalRule,
  propertyNames: (given, { path, compiler }) => {
    const check = compiler.compile(given, path);
    return (value, at, faults) => {
      if (isFields(value)) for (const name of Object.keys(value)) check?.(name, [...at, name], faults);
    };
  },
  allOf: (given, making) => {
    const checks = checksOf(given, making);
    return checks && ((value, at, faults) => checks.forEach(check => void check(value, at, faults)));
  },
  anyOf: (given, making) => {
    const checks = checksOf(given, making);
    return checks && ((value, at, faults) => needOne(checks, value, at, faults));
  },
  oneOf: (given, making) => {
    const checks = checksOf(given, making);
    return (
      checks &&
      ((value, at, faults) => {
        const count = checks.filter(check => doesFit(check, value)).length;
        if (count === 0) needOne(checks, value, at, faults);
        else if (count > 1)
          faults.push({ at, message: `must fit just one of ${checks.length} schemas, and fits ${count}` });
      })
    );
  },
  not: (given, { path, compiler }) => {
    const check = compiler.compile(given, path);
    return (value, at, faults) => {
      if (check !== undefined && doesFit(check, value)) faults.push({ at, message: `must not fit ${shown(given)}` });
    };
  },
  if: (given, { schema, path, compiler }) => {
    const condition = compiler.compile(given, path);
    const of = (word: 'then' | 'else') =>
      schema[word] === undefined ? undefined : compiler.compile(schema[word], [...path.slice(0, -1), word]);
    const [whenTrue, whenFalse] = [of('then'), of('else')];
    return (
      condition && ((value, at, faults) => (doesFit(condition, value) ? whenTrue : whenFalse)?.(value, at, faults))
    );
  },
};

function typeRule(given: unknown, { schema, path, compiler }: RuleMaking): Check | undefined {
  const names = isList(given) ? given : [given];
  const wrong = names.find(name => !isString(name) || !Object.hasOwn(types, name));
  if (wrong !== undefined || names.length === 0)
    return compiler.fault(path, `there is no type "${String(wrong)}"${didYouMean(String(wrong), Object.keys(types))}`);
  const tests = names.map(name => types[name as string]!);
  const told = `must be ${names.join(' or ')}`;
  return (value, at, faults) => {
    if (tests.some(test => test(value)) || (value === null && schema['nullable'] === true)) return;
    faults.push({ at, message: `${told}, and is ${shown(value)}` });
  };
}

function textCheck(fits: (text: string) => boolean, message: string): Check {
  return (value, at, faults) => {
    const text = value instanceof Date ? value.toISOString() : value;
    if (isString(text) && !fits(text)) faults.push({ at, message: `${message}, and is ${shown(text)}` });
  };
}

function patternOf(given: unknown, { path, compiler }: Pick<RuleMaking, 'path' | 'compiler'>): RegExp | undefined {
  try {
    return new RegExp(String(given), 'u');
  } catch (error) {
    return compiler.fault(path, `is no regular expression: ${(error as Error).message}`);
  }
}

function checksOf(given: unknown, { path, compiler }: RuleMaking): readonly Check[] | undefined {
  if (!isList(given) || given.length === 0) return compiler.fault(path, 'must be a list of schemas');
  const checks = given.map((each, index) => compiler.compile(each, [...path, index]));
  return checks.filter(check => check !== undefined);
}

/** Schemas by the place of an item. */
function listRule(given: unknown, making: RuleMaking): Check | undefined {
  const checks = checksOf(given, making);
  const more = making.schema['additionalItems'];
  const rest =
    more === undefined ? undefined : making.compiler.compile(more, [...making.path.slice(0, -1), 'additionalItems']);
  return (
    checks &&
    ((value, at, faults) => {
      if (isList(value)) value.forEach((item, index) => void (checks[index] ?? rest)?.(item, [...at, index], faults));
    })
  );
}

/** Of the items behind those that have schemas of their own. */
function restRule(before: string, given: unknown, { schema, path, compiler }: RuleMaking): Check {
  const check = compiler.compile(given, path);
  const first = isList(schema[before]) ? schema[before].length : 0;
  return (value, at, faults) => {
    if (!isList(value)) return;
    for (let index = first; index < value.length; index++) check?.(value[index], [...at, index], faults);
  };
}

function containsRule(given: unknown, { schema, path, compiler }: RuleMaking): Check {
  const check = compiler.compile(given, path);
  const least = countOf(schema['minContains']) ?? 1;
  const most = countOf(schema['maxContains']) ?? Number.POSITIVE_INFINITY;
  return (value, at, faults) => {
    if (!isList(value) || check === undefined) return;
    const count = value.filter(item => doesFit(check, item)).length;
    if (count < least) faults.push({ at, message: `must have at least ${least} items that fit ${shown(given)}` });
    if (count > most) faults.push({ at, message: `must have at most ${most} items that fit ${shown(given)}` });
  };
}

function propertiesRule(given: unknown, { path, compiler }: RuleMaking): Check | undefined {
  if (!isFields(given)) return compiler.fault(path, 'must be an object of schemas');
  const checks = Object.entries(given).map(([name, each]) => [name, compiler.compile(each, [...path, name])] as const);
  return (value, at, faults) => {
    if (!isFields(value)) return;
    for (const [name, check] of checks) if (value[name] !== undefined) check?.(value[name], [...at, name], faults);
  };
}

/** Schemas for the whole object, of which those count for which `counts` is true. */
function eachRule(
  given: unknown,
  { path, compiler }: RuleMaking,
  counts: (value: Fields, name: string) => boolean,
): Check | undefined {
  if (!isFields(given)) return compiler.fault(path, 'must be an object of schemas');
  const checks = Object.entries(given).map(([name, each]) => [name, compiler.compile(each, [...path, name])] as const);
  return (value, at, faults) => {
    if (isFields(value)) for (const [name, check] of checks) if (counts(value, name)) check?.(value, at, faults);
  };
}

function patternPropertiesRule(given: unknown, { path, compiler }: RuleMaking): Check | undefined {
  if (!isFields(given)) return compiler.fault(path, 'must be an object of schemas');
  const checks = Object.entries(given).map(
    ([text, each]) => [patternOf(text, { path, compiler }), compiler.compile(each, [...path, text])] as const,
  );
  return (value, at, faults) => {
    if (!isFields(value)) return;
    for (const [name, field] of Object.entries(value))
      for (const [pattern, check] of checks) if (pattern?.test(name)) check?.(field, [...at, name], faults);
  };
}

function additionalRule(given: unknown, { schema, path, compiler }: RuleMaking): Check {
  const check = given === false ? undefined : compiler.compile(given, path);
  const { properties, patternProperties } = schema;
  const known = new Set(isFields(properties) ? Object.keys(properties) : []);
  const patterns = isFields(patternProperties)
    ? Object.keys(patternProperties).map(text => patternOf(text, { path, compiler }))
    : [];
  return (value, at, faults) => {
    if (!isFields(value)) return;
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined || known.has(name) || patterns.some(pattern => pattern?.test(name))) continue;
      if (given === false)
        faults.push({ at: [...at, name], message: `is no field there${didYouMean(name, [...known])}` });
      else check?.(field, [...at, name], faults);
    }
  };
}

function doesFit(check: Check, value: unknown): boolean {
  const faults: SchemaFault[] = [];
  check(value, [], faults);
  return faults.length === 0;
}

/** Tells what the one says that is nearest. */
function needOne(checks: readonly Check[], value: unknown, at: SchemaFault['at'], faults: SchemaFault[]): void {
  let nearest: readonly SchemaFault[] | undefined;
  for (const check of checks) {
    const own: SchemaFault[] = [];
    check(value, at, own);
    if (own.length === 0) return;
    if (nearest === undefined || own.length < nearest.length) nearest = own;
  }
  faults.push(...(nearest ?? []));
}

/** Multiples of 0.01 are no doubles: what is one but for rounding is one. */
function isMultiple(value: number | bigint, limit: number): boolean {
  if (typeof value === 'bigint' && Number.isInteger(limit)) return value % BigInt(limit) === 0n;
  const quotient = Number(value) / limit;
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient) * 1e-6);
}

function isSame(one: unknown, other: unknown): boolean {
  if (isNumber(one) && isNumber(other)) return one <= other && one >= other; // 1n is 1
  return one === other || isDeepStrictEqual(one, other);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each)) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

// JSON Schema by ajv: 2020-12, or the draft that `$schema` names. What the schema has and the standard has not is refused where it is read, as whoever wrote it
// meant something; ajv's errors are told with the value, and with the nearest name.

import type { Ajv, ErrorObject, Format, Options } from 'ajv';
import { z } from 'zod';
import { didYouMean } from '../../core/index.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';

export interface SchemaFault {
  /** Names of fields and places in lists, from the value on. */
  readonly at: Path;
  readonly message: string;
}

/** What does not fit. */
export type SchemaCheck = (value: unknown) => readonly SchemaFault[];

type Fields = Readonly<Record<string, unknown>>;

/** Undefined, with the faults noted, for what is no schema. */
export async function compileJsonSchema(
  given: unknown,
  path: Path,
  faults: FaultList,
): Promise<SchemaCheck | undefined> {
  if (typeof given !== 'boolean' && !isFields(given)) {
    faults.add(path, 'must be a JSON Schema: an object such as { type: object, required: [id] }');
    return undefined;
  }
  const { $schema, ...schema } = typeof given === 'boolean' ? (given ? {} : { not: {} }) : given;
  const ajv = await ajvOf($schema);
  if (ajv === undefined) {
    faults.add([...path, '$schema'], `is no draft that is known here: it may name ${Object.keys(drafts).join(', ')}`);
    return undefined;
  }
  if (ajv.validateSchema(schema) !== true) {
    for (const { at, message } of schemaFaults(ajv.errors ?? [], schema)) faults.add([...path, ...at], message);
    return undefined;
  }
  try {
    const validate = ajv.compile(schema);
    return value => {
      const plain = asJson(value);
      return validate(plain) ? [] : nearest(validate.errors ?? []).map(error => tell(error, plain));
    };
  } catch (error) {
    refuse(error as Error, { ajv, schema, path, faults });
    return undefined;
  }
}

/** ajv takes a while to load, and few pipelines have a schema. */
const drafts: Readonly<Record<string, () => Promise<Ajv>>> = {
  '2020-12': async () => new (await import('ajv/dist/2020.js')).Ajv2020(options),
  '2019-09': async () => new (await import('ajv/dist/2019.js')).Ajv2019(options),
  'draft-07': async () => new (await import('ajv')).Ajv(options),
  // All that it has, draft 7 has too.
  'draft-06': async () => new (await import('ajv')).Ajv(options),
};

async function ajvOf(draft: unknown): Promise<Ajv | undefined> {
  const name = Object.keys(drafts).find(each => draft === undefined || String(draft).includes(each));
  return name === undefined ? undefined : await drafts[name]!();
}

const isZod = (type: z.ZodType) => (text: string) => type.safeParse(text).success;
const hostname = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const formats: Readonly<Record<string, Format>> = {
  'date-time': isZod(z.iso.datetime({ offset: true })),
  date: isZod(z.iso.date()),
  time: isZod(z.iso.time()),
  duration: isZod(z.iso.duration()),
  email: isZod(z.email()),
  uuid: isZod(z.uuid()),
  uri: isZod(z.url()),
  ipv4: isZod(z.ipv4()),
  ipv6: isZod(z.ipv6()),
  hostname,
  regex: isPattern,
  // Of schemas themselves.
  'uri-reference': true,
  anchor: true,
};

const options: Options = {
  allErrors: true,
  verbose: true,
  strict: false,
  strictSchema: true,
  logger: false,
  formats,
  // 4.02 is a multiple of 0.01, though their doubles are not.
  multipleOfPrecision: 9,
};

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

interface Refused {
  readonly ajv: Ajv;
  readonly schema: Fields;
  readonly path: Path;
  readonly faults: FaultList;
}

/** What ajv finds when it compiles: words, formats and references that there are not. Its text names them, seldom their place. */
function refuse(error: Error, { ajv, schema, path, faults }: Refused): void {
  const [, word] = /^strict mode: unknown keyword: "(.*)"/.exec(error.message) ?? [];
  const [, format] = /^unknown format "(.*?)"/.exec(error.message) ?? [];
  const [, reference] = /^can't resolve reference (.*) from id/.exec(error.message) ?? [];
  const add = (isIt: (key: string, value: unknown) => boolean, message: string, isKey = false): void =>
    faults.add([...path, ...(placeOf(schema, isIt) ?? [])], message, { isKey });
  if (word !== undefined) {
    const known = Object.keys(ajv.RULES.keywords);
    add(key => key === word, `JSON Schema has no "${word}"${didYouMean(word, known)}`, true);
  } else if (format !== undefined) {
    const message = `there is no format "${format}" here${didYouMean(format, Object.keys(formats))}`;
    add((key, value) => key === 'format' && value === format, message);
  } else if (reference !== undefined) {
    add((_, value) => value === reference, `there is no ${reference} in the schema`);
  } else if (error instanceof SyntaxError)
    add((key, value) => key === 'pattern' && !isPattern(String(value)), error.message);
  else faults.add(path, error.message);
}

/** Words whose keys are names of fields and definitions, not words. */
const namesWithin: ReadonlySet<string> = new Set(
  'properties patternProperties dependentSchemas dependentRequired dependencies $defs definitions'.split(' '),
);

function placeOf(schema: unknown, isIt: (key: string, value: unknown) => boolean, areNames = false): Path | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [key, value] of Object.entries(schema)) {
    const part = Array.isArray(schema) ? Number(key) : key;
    if (!areNames && isIt(key, value)) return [part];
    const inside = placeOf(value, isIt, !areNames && namesWithin.has(key));
    if (inside !== undefined) return [part, ...inside];
  }
  return undefined;
}

/** As it would be in JSON: int64 as numbers, times as texts, bytes in base64. The value itself where nothing of it is otherwise. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) {
    const items = value.map(asJson);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  let changed: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(value)) {
    const plain = asJson(field);
    if (plain !== field) (changed ??= { ...value })[name] = plain;
  }
  return changed ?? value;
}

/** The schema of schemas says one thing by several of its parts, and of a type that there is not, also that it is no list of types. */
function schemaFaults(errors: readonly ErrorObject[], schema: Fields): readonly SchemaFault[] {
  const isNamed = new Set(errors.filter(({ keyword }) => keyword === 'enum').map(({ instancePath }) => instancePath));
  const told = errors
    .filter(error => !isSummary(error) && !(error.keyword === 'type' && isNamed.has(error.instancePath)))
    .map(error => tell(error, schema));
  return [...new Map(told.map(fault => [JSON.stringify(fault), fault])).values()];
}

const isUnion = ({ keyword }: ErrorObject): boolean => keyword === 'anyOf' || keyword === 'oneOf';

/** Says that something is wrong inside, which another error tells. */
const isSummary = ({ keyword }: ErrorObject): boolean => ['anyOf', 'oneOf', 'if', 'propertyNames'].includes(keyword);

/** Of what may fit one of several schemas, only what the nearest says. */
function nearest(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let left = errors;
  for (const outer of errors) {
    const inner = left.filter(({ schemaPath }) => schemaPath.startsWith(`${outer.schemaPath}/`));
    if (isUnion(outer) && inner.length > 0) left = without(left, inner, [...fewest(branchesOf(outer, inner))]);
    // Whatever each of the items lacks.
    else if (outer.keyword === 'contains') left = without(left, inner, []);
  }
  const causes = left.filter(error => !isSummary(error));
  return causes.length > 0 ? causes : left;
}

function without<T>(all: readonly T[], dropped: readonly T[], kept: readonly T[]): readonly T[] {
  return all.filter(each => !dropped.includes(each) || kept.includes(each));
}

function branchesOf({ schemaPath }: ErrorObject, inner: readonly ErrorObject[]): readonly (readonly ErrorObject[])[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of inner) {
    const branch = error.schemaPath.slice(schemaPath.length + 1).split('/', 1)[0]!;
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  return [...branches.values()];
}

function fewest(lists: readonly (readonly ErrorObject[])[]): readonly ErrorObject[] {
  return lists.reduce((best, each) => (each.length < best.length ? each : best));
}

function tell(error: ErrorObject, root: unknown): SchemaFault {
  const at = pathOf(error.instancePath, root);
  const { keyword, data } = error;
  const params = error.params as Fields;
  const is = `and is ${shown(data)}`;
  switch (keyword) {
    case 'required':
      return { at: [...at, String(params['missingProperty'])], message: 'is missing' };
    case 'dependentRequired':
    case 'dependencies':
      return {
        at: [...at, String(params['missingProperty'])],
        message: `is missing, as there is "${String(params['property'])}"`,
      };
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] as Fields | undefined) ?? {});
      return { at: [...at, name], message: `is no field there${didYouMean(name, known)}` };
    }
    case 'enum': {
      const allowed = params['allowedValues'] as readonly unknown[];
      const near = typeof data === 'string' ? didYouMean(data, allowed.map(String)) : '';
      return { at, message: `must be one of ${allowed.map(shown).join(', ')}, ${is}${near}` };
    }
    case 'const':
      return { at, message: `must be ${shown(params['allowedValue'])}, ${is}` };
    case 'type':
      return { at, message: `must be ${[params['type']].flat().join(' or ')}, ${is}` };
    case 'false schema':
      return { at, message: 'must not be there' };
    default:
      return { at, message: `${error.message ?? keyword}, ${is}` };
  }
}

/** A JSON pointer as names and places. */
function pathOf(pointer: string, root: unknown): Path {
  let within = root;
  const parts = pointer.split('/').slice(1);
  return parts.map(part => {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const key = Array.isArray(within) ? Number(name) : name;
    within = (within as Record<string | number, unknown> | undefined)?.[key];
    return key;
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

// Kinds of differences from the reference that are meant: known-differences.json says why each is. A rule looks at one case that differs, so that
// cases which are not in the project's copy are told apart as well.

import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './answer.js';
import type { ConnectCase } from './connect-case.js';

interface Difference {
  readonly recorded: ConnectCase;
  readonly found: Answer;
  expected(): unknown;
}

const rules: Readonly<Record<string, (difference: Difference) => boolean>> = {
  'settings-without-value': ({ recorded }) => Object.values(recorded.config ?? {}).includes(null),
  'settings-at-start': ({ recorded, found }) =>
    recorded.error?.phase === 'apply' && found.kind === 'error' && found.phase === 'configure',
  'misfits-refused': ({ recorded, found }) =>
    recorded.op.startsWith('toConnect') && fails(found, /does not fit its schema/),
  'far-dates': ({ found }) => fails(found, /beyond what a Date can hold|this Date is no instant/),
  'java-hashes': ({ recorded }) => recorded.output?.javaText === true,
  'plain-dates': ({ recorded, found }) =>
    recorded.op.startsWith('fromConnect') &&
    found.kind === 'answer' &&
    /java\.util\.Date|BigDecimal/.test(recorded.error?.message ?? ''),
  'json-escapes': ({ found, expected }) => {
    const [ours, theirs] = [textOf(found), expected()];
    return ours !== undefined && theirs instanceof Buffer && unescaped(ours) === unescaped(theirs.toString());
  },
  'wide-numbers': ({ recorded, found }) =>
    recorded.op.startsWith('toConnect') &&
    found.kind === 'answer' &&
    /"value":"?-?\d{19,}n?"/.test(shown(found.answer)),
  'structs-have-no-schema': ({ recorded, found }) =>
    /Mismatching schema/.test(recorded.error?.message ?? '') ||
    (found.kind === 'answer' && /"schema":null,"value":\{"struct"/.test(JSON.stringify(recorded.input))),
  'struct-defaults': ({ recorded }) => /Invalid default value/.test(recorded.error?.message ?? ''),
  'type-of-nulls': ({ recorded }) => recorded.error?.message === 'type cannot be null',
  'plain-numbers': isPlainNumber,
  'plain-widths': ({ recorded }) => hasPlainWidth(recorded),
};

/** The first rule that explains a difference. */
export function ruleOf(recorded: ConnectCase, found: Answer, expected: () => unknown): string | undefined {
  return Object.keys(rules).find(name => rules[name]!({ recorded, found, expected }));
}

function fails(found: Answer, message: RegExp): boolean {
  return found.kind === 'error' && message.test(found.message);
}

function textOf(found: Answer): string | undefined {
  return found.kind === 'answer' && found.answer instanceof Buffer ? found.answer.toString() : undefined;
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Without a schema a number has no width: only how numbers are spelled differs, or an error that names the Java class of one. */
function isPlainNumber({ recorded, found, expected }: Difference): boolean {
  const { error } = recorded;
  if (error !== undefined)
    return (
      found.kind === 'answer' &&
      /java\.(lang|math)\.(Byte|Short|Integer|Long|Float|Double|BigInteger)/.test(error.message ?? '')
    );
  if (found.kind === 'error' || !/"(u?int\d+|float|double|bigint)"/.test(JSON.stringify(recorded.input))) return false;
  return isDeepStrictEqual(respelled(found.answer), respelled(expected()));
}

/** A cast or a mask of a number without schema, where only its width in Java says what becomes of it. */
function hasPlainWidth({ type = '', input, output }: ConnectCase): boolean {
  const side = input.record?.[type.endsWith('$Key') ? 'key' : 'value'];
  if (output?.record === undefined || side?.schema != null) return false;
  const text = JSON.stringify(side?.value);
  if (type.startsWith('MaskField')) return /"(int8|int16|int32|float|double|bigint)"/.test(text);
  return type.startsWith('Cast') && /"(float|double)":"-?[\d.]+E\d+"/.test(text);
}

function shown(answer: unknown): string {
  return JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** With every number, and every text of one, as the nearest 32-bit one; without the types of schemas that are numbers. */
function respelled(value: unknown): unknown {
  if (value instanceof Buffer) return respelledText(value.toString());
  if (typeof value === 'string') return respelledText(value);
  if (typeof value === 'number' || typeof value === 'bigint') return `#${Math.fround(Number(value)) + 0}`;
  if (Array.isArray(value)) return value.map(respelled);
  if (value instanceof Map) return [...value].map(respelled);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'type' ? numberless(each) : respelled(each)]),
  );
}

function numberless(type: unknown): unknown {
  return /^(int\d+|float|double)$/.test(String(type)) ? 'number' : type;
}

function respelledText(text: string): string {
  return text.replace(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g, number => `#${Math.fround(Number(number)) + 0}`);
}

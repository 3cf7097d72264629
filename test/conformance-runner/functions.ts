// The catalogue of functions that composed cases name: pure, on strings and null.

export type Text = string | null;
export type TextPair = readonly [key: Text, value: Text];

const text = (x: Text): string => x ?? 'null';
const last = (v: Text): Text => (v === null ? null : v.slice(-1));
const first = (v: string): string => v.slice(0, 1);
const even = (v: Text): boolean => v !== null && (v.length + (v === '' ? 0 : v.charCodeAt(v.length - 1))) % 2 === 0;
const afterGt = (v: Text): Text => (v?.includes('>') ? v.slice(v.indexOf('>') + 1) : null);
const ab = (v: Text): Text => (v === null ? null : even(v) ? 'a' : 'b');

/** FNV-1a, 32 bits, over UTF-16 units. */
function digest(v: Text): Text {
  if (v === null) return null;
  let hash = 0x811c9dc5;
  for (let index = 0; index < v.length; index++) hash = Math.imul(hash ^ v.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

export const predicates: Readonly<Record<string, (k: Text, v: Text) => boolean>> = {
  even: (_, v) => even(v),
  hasValue: (_, v) => v !== null,
  hasKey: k => k !== null,
  keyIsA: k => k === 'a',
  endsIn1: (_, v) => v?.endsWith('1') ?? false,
  short: (_, v) => v !== null && v.length < 12,
  all: () => true,
};

export const values: Readonly<Record<string, (k: Text, v: Text) => Text>> = {
  bang: (_, v) => (v === null ? null : `${v}!`),
  tag: (_, v) => `m:${text(v)}`,
  one: (_, v) => `one:${text(v)}`,
  withKey: (k, v) => `${text(k)}:${text(v)}`,
  nullIfOdd: (_, v) => (even(v) ? v : null),
  last: (_, v) => last(v),
  length: (_, v) => (v === null ? null : String(v.length)),
  digest: (_, v) => digest(v),
};

export const keys: Readonly<Record<string, (k: Text, v: Text) => Text>> = {
  x: () => 'x',
  key: k => k,
  value: (_, v) => v,
  last: (_, v) => last(v),
  keyHead: k => (k === null ? null : first(k)),
  evenKey: (k, v) => (even(v) ? k : null),
  evenA: (_, v) => (v === null || v === '' || v.charCodeAt(v.length - 1) % 2 !== 0 ? null : 'a'),
  ab: (_, v) => ab(v),
  afterGt: (_, v) => afterGt(v),
};

export const pairs: Readonly<Record<string, (k: Text, v: Text) => TextPair>> = {
  rest: (_, v) => ['x', `rest:${text(v)}`],
  swap: (k, v) => [v, k],
  lastAsKey: (_, v) => [last(v), v],
  evenLast: (_, v) => [even(v) ? last(v) : null, v],
  evenValue: (_, v) => [last(v), even(v) ? v : null],
  keyHead: (k, v) => [k === null ? null : first(k), v],
  ab: (_, v) => [ab(v), v],
};

export const valueLists: Readonly<Record<string, (v: Text) => readonly Text[]>> = {
  dots: v => (v === null ? [] : [`${v}.1`, `${v}.2`]),
  evenOnly: v => (even(v) ? [v] : []),
  andNull: v => [v, null],
};

export const pairLists: Readonly<Record<string, (k: Text, v: Text) => readonly TextPair[]>> = {
  both: (k, v) => [
    [k, v],
    [last(v), `${text(v)}'`],
  ],
  ab: (_, v) =>
    v === null
      ? []
      : [
          ['a', v],
          ['b', v],
        ],
};

/** What an aggregate becomes: of the key, the new value and what was there. */
export const folds: Readonly<Record<string, (k: Text, v: Text, a: Text) => Text>> = {
  plus: (_, v, a) => `${text(a)}+${text(v)}`,
  star: (_, v, a) => `${text(a)}*${text(v)}`,
  minus: (_, v, a) => `${text(a)}-${text(v)}`,
  keyed: (k, v, a) => `${text(a)}[${text(k)}=${text(v)}]`,
  max: (_, v, a) => (a === null ? v : v === null || a >= v ? a : v),
  latest: (_, v) => v,
  nullOn3: (_, v, a) => (v?.endsWith('3') ? null : `${text(a)}+${text(v)}`),
  digest: (_, v, a) => digest(`${text(a)}+${text(v)}`),
};

export const combines: Readonly<Record<string, (l: Text, r: Text) => Text>> = {
  amp: (l, r) => `(${l}&${r})`,
  bar: (l, r) => `${text(l)}|${text(r)}`,
  leftOnly: l => l,
  nullIfEvenRight: (l, r) => (even(r) ? null : `${text(l)}|${text(r)}`),
  digest: (l, r) => digest(`${text(l)}|${text(r)}`),
};

export const inits: Readonly<Record<string, string>> = { zero: '0', empty: '', i: 'i' };

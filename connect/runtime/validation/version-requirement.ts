// Which versions of a plugin a configuration takes (KIP-891): `latest`, one version, or a range as Maven writes it: `[1.0,2.0)`, `(,1.5]`, `[1.0,1.2],[1.4,)`.

interface Range {
  readonly from: string;
  readonly to: string;
  readonly hasFrom: boolean;
  readonly hasTo: boolean;
}

/** Of words behind a version, from the earliest; what is none of them comes after all. The empty one is the version itself. */
const qualifiers = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const sameQualifiers: Readonly<Record<string, string>> = {
  a: 'alpha',
  b: 'beta',
  m: 'milestone',
  cr: 'rc',
  ga: '',
  final: '',
  release: '',
};

/** Why the version of a plugin is not the one that is asked for, in Kafka Connect's words; undefined where it is. A plugin may have none. */
export function versionFault(plugin: string, version: string | undefined, required: string): string | undefined {
  const text = required.trim();
  if (text === 'latest') return undefined;
  const ranges = /^[[(]/.test(text) ? rangesOf(text) : [{ from: text, to: text, hasFrom: true, hasTo: true }];
  if (typeof ranges === 'string') return ranges;
  if (version !== undefined && text !== '' && ranges.some(range => isIn(range, version))) return undefined;
  const shown = /^[[(]/.test(text) ? text : `[${text},${text}]`;
  return `Plugin ${plugin} not found that matches the version range ${shown}, available versions: [${version ?? 'undefined'}]`;
}

/** What is wrong with the text, where it is no list of ranges. */
function rangesOf(text: string): readonly Range[] | string {
  const ranges: Range[] = [];
  let rest = text;
  while (rest !== '') {
    const [whole, opening, inside, closing] = /^([[(])([^\])]*)([\])])\s*,?\s*/.exec(rest) ?? [];
    if (whole === undefined) {
      return /^[[(]/.test(rest)
        ? `Unbounded range: ${text}`
        : `Only fully-qualified sets allowed in multiple set scenario: ${text}`;
    }
    const bounds = inside!.split(',').map(bound => bound.trim());
    if (bounds.length > 2) return `Unbounded range: ${text}: a range has two ends`;
    const [from, to = from] = bounds as [string, string?];
    const isOne = bounds.length === 1;
    if (isOne && (opening === '(' || closing === ')')) return `Single version must be surrounded by []: ${text}`;
    if (from !== '' && to !== '' && compare(to, from) < 0) return `Range defies version ordering: ${text}`;
    ranges.push({ from, to, hasFrom: opening === '[', hasTo: closing === ']' });
    rest = rest.slice(whole.length);
  }
  return ranges;
}

function isIn({ from, to, hasFrom, hasTo }: Range, version: string): boolean {
  const isAfter = from === '' || (hasFrom ? compare(version, from) >= 0 : compare(version, from) > 0);
  const isBefore = to === '' || (hasTo ? compare(version, to) <= 0 : compare(version, to) < 0);
  return isAfter && isBefore;
}

/** Below 0 where `a` comes before `b`. What is missing behind counts as 0, and as the version itself: 1.0 is 1, and comes after 1.0-rc1. */
function compare(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = rankOf(left[at]) - rankOf(right[at]);
    if (order !== 0) return order;
    const [x = '', y = ''] = [left[at], right[at]];
    if (rankOf(x) === qualifiers.length && x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function partsOf(version: string): readonly string[] {
  return version.toLowerCase().match(/\d+|[a-z]+/g) ?? [];
}

/** Numbers stand behind all words; 0 and nothing at the place of the version itself. */
function rankOf(part = ''): number {
  if (/^\d/.test(part)) return Number(part) === 0 ? qualifiers.indexOf('') : qualifiers.length + Number(part);
  const at = qualifiers.indexOf(sameQualifiers[part] ?? part);
  return at < 0 ? qualifiers.length : at;
}

// Compares an answer with a recorded one. Placeholders stand for what differs from run to run; objects are compared without the order of their keys.

export interface Places {
  /** The runner's scratch folder. */
  readonly dir: string;
  /** host:port of the worker. */
  readonly worker: string;
}

/** Placeholders by what they may stand for; `{dir}` and `{worker}` are filled in. */
const anything = ['trace', 'commit', 'clusterId', 'generation', 'sessionKey', 'hash', 'plugins'];

export function filled(text: string, { dir, worker }: Places): string {
  return text.replaceAll('{dir}', dir).replaceAll('{worker}', worker);
}

/** Where `found` is not what was recorded, such as `$.tasks[0].state: "FAILED", not "RUNNING"`; empty where it is. */
export function mismatches(found: unknown, recorded: unknown, places: Places, path = '$'): readonly string[] {
  if (Array.isArray(recorded)) return arrayMismatches(found, recorded, places, path);
  if (typeof recorded === 'object' && recorded !== null) {
    return objectMismatches(found, recorded as Record<string, unknown>, places, path);
  }
  const isSame = typeof recorded === 'string' ? isText(found, recorded, places) : found === recorded;
  return isSame ? [] : [`${path}: ${JSON.stringify(found)}, not ${JSON.stringify(recorded)}`];
}

function arrayMismatches(
  found: unknown,
  recorded: readonly unknown[],
  places: Places,
  path: string,
): readonly string[] {
  if (!Array.isArray(found)) return [`${path}: ${JSON.stringify(found)}, no list`];
  if (found.length !== recorded.length) {
    return [`${path}: ${found.length} items, not ${recorded.length}: ${JSON.stringify(found)}`];
  }
  return recorded.flatMap((item, at) => mismatches(found[at], item, places, `${path}[${at}]`));
}

function objectMismatches(
  found: unknown,
  recorded: Readonly<Record<string, unknown>>,
  places: Places,
  path: string,
): readonly string[] {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    return [`${path}: ${JSON.stringify(found)}, no object`];
  }
  const unknown = Object.keys(found).filter(key => !(key in recorded));
  return [
    ...unknown.map(
      key => `${path}.${key}: ${JSON.stringify((found as Record<string, unknown>)[key])}, which is too much`,
    ),
    ...Object.entries(recorded).flatMap(([key, value]) =>
      key in found
        ? mismatches((found as Record<string, unknown>)[key], value, places, `${path}.${key}`)
        : [`${path}.${key}: is missing`],
    ),
  ];
}

/** A text that is JSON itself is compared as JSON. */
function isText(found: unknown, recorded: string, places: Places): boolean {
  if (typeof found === 'string' && /^[[{]/.test(recorded) && !/^\{\w+\}$/.test(recorded)) {
    const [one, other] = [parsed(found), parsed(recorded)];
    if (one !== undefined && other !== undefined) return mismatches(one, other, places).length === 0;
  }
  return pattern(filled(recorded, places)).test(String(found));
}

function pattern(recorded: string): RegExp {
  const escaped = recorded.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const loose = anything.reduce((text, name) => text.replaceAll(`\\{${name}\\}`, '[^]*'), escaped);
  return new RegExp(`^${loose.replaceAll('\\{ms\\}', '\\d+')}$`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

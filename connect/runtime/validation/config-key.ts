// A configuration key as Kafka Connect's ConfigDef describes it, and how a given text is read and judged by it, in ConfigDef's own words.

import { hiddenText } from '../secrets.js';
import type { ConfigInfo, ConfigKeyInfo, ConfigText, ConfigType } from '../worker/worker-answers.js';

export interface ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  /** What counts where nothing is given; null: nothing does. Undefined: the key is required. */
  readonly defaultValue: string | null | undefined;
  readonly importance?: ConfigKeyInfo['importance'];
  readonly documentation?: string;
  readonly group?: string | null;
  readonly order?: number;
  readonly width?: ConfigKeyInfo['width'];
  readonly displayName?: string;
  readonly recommended?: readonly string[];
  /** Reads what the type alone would refuse, such as `10s` for a LONG. */
  readonly accepts?: (text: string) => boolean;
  /** In full what may be given shorter, such as the class of `JsonConverter`. */
  readonly whole?: (text: string) => string;
  /** Not to be shown in a form, as nothing can be chosen. */
  readonly isHidden?: boolean;
  /** What is wrong with a value that has its type. `value` is null where it has not. */
  readonly check?: (value: string | null) => readonly string[];
}

export function keyInfo(key: ConfigKey): ConfigKeyInfo {
  return {
    name: key.name,
    type: key.type,
    required: key.defaultValue === undefined,
    default_value: key.defaultValue ?? null,
    importance: key.importance ?? (key.defaultValue === undefined ? 'HIGH' : 'MEDIUM'),
    documentation: key.documentation ?? '',
    group: key.group ?? null,
    order_in_group: key.order ?? -1,
    width: key.width ?? 'NONE',
    display_name: key.displayName ?? key.name,
    dependents: [],
  };
}

/** The key with the value that `config` gives it, and what is wrong with that. */
export function judged(key: ConfigKey, config: ConfigText): ConfigInfo {
  const given = Object.hasOwn(config, key.name) ? config[key.name] : undefined;
  const { value, errors } = given === undefined ? fallback(key) : given === null ? absent(key) : read(key, given);
  const isSecret = key.type === 'PASSWORD' && value !== null && !isPlaceholder(given);
  return {
    definition: keyInfo(key),
    value: {
      name: key.name,
      value: isSecret ? hiddenText : value,
      recommended_values: key.recommended ?? [],
      errors,
      visible: key.isHidden !== true,
    },
  };
}

interface Judgement {
  readonly value: string | null;
  readonly errors: readonly string[];
}

function fallback({ name, defaultValue }: ConfigKey): Judgement {
  if (defaultValue !== undefined) return { value: defaultValue, errors: [] };
  return { value: null, errors: [`Missing required configuration "${name}" which has no default value.`] };
}

function absent(key: ConfigKey): Judgement {
  if (key.defaultValue === undefined) return fallback(key);
  return { value: null, errors: key.check?.(null) ?? [] };
}

function read(key: ConfigKey, given: string): Judgement {
  const text = given.trim();
  // What it stands for is read when the connector starts.
  if (isPlaceholder(given)) return { value: given, errors: [] };
  const fault = key.accepts?.(text) === true ? undefined : typeFault(key.type, text);
  const check = key.check ?? (() => []);
  if (fault !== undefined) {
    return { value: null, errors: [`Invalid value ${text} for configuration ${key.name}: ${fault}`, ...check(null)] };
  }
  const value =
    key.type === 'LIST'
      ? listOf(text).join(',')
      : key.type === 'BOOLEAN'
        ? text.toLowerCase()
        : (key.whole?.(text) ?? text);
  return { value, errors: check(value) };
}

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n],
};

function typeFault(type: ConfigType, text: string): string | undefined {
  const range = ranges[type];
  if (range !== undefined) {
    const isNumber = /^[+-]?\d+$/.test(text) && BigInt(text) >= range[0] && BigInt(text) <= range[1];
    return isNumber ? undefined : `Not a number of type ${type}`;
  }
  if (type === 'BOOLEAN') return /^(true|false)$/i.test(text) ? undefined : 'Expected value to be either true or false';
  if (type === 'DOUBLE' && !Number.isFinite(Number(text))) return 'Not a number of type DOUBLE';
  return undefined;
}

/** As ConfigDef splits them: an empty text has no elements, and empty elements stay. */
export function listOf(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(',').map(item => item.trim());
}

/** Durations are taken where Kafka Connect takes milliseconds. */
export function isDuration(text: string): boolean {
  return /^\d+\s*(ms|s|m|h|d)$/i.test(text);
}

export function isPlaceholder(given: string | null | undefined): boolean {
  return given !== null && given !== undefined && /^\$\{[^}:]*:[^}]*\}$/.test(given);
}

export function invalid(name: string, value: string | null, reason: string): string {
  return `Invalid value ${value} for configuration ${name}: ${reason}`;
}

// `${provider:key}` and `${provider:path:key}` in configurations. They are resolved in memory only, each time a connector starts: what is stored, shown
// and logged keeps the placeholder. Text in braces whose provider is none of the worker's stays as it is, as in Kafka Connect.

import { didYouMean, durationMs, UsageError } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { ConfigProvider } from './config-provider.js';
import { directoryProvider } from './directory-provider.js';
import { envProvider } from './env-provider.js';
import { fileProvider } from './file-provider.js';

type Parameters = Readonly<Record<string, string>>;

/** By their own names, and by the class names that configurations for Kafka Connect give. */
const makers: Readonly<Record<string, (parameters: Parameters) => ConfigProvider>> = {
  env: parameters => envProvider(parameters, process.env),
  file: fileProvider,
  directory: directoryProvider,
  'org.apache.kafka.common.config.provider.EnvVarConfigProvider': parameters => envProvider(parameters, process.env),
  'org.apache.kafka.common.config.provider.FileConfigProvider': fileProvider,
  'org.apache.kafka.common.config.provider.DirectoryConfigProvider': directoryProvider,
};

/** As Kafka's ConfigTransformer finds them. */
const placeholder = /\$\{([^}:]*):(?:([^}]*):)?([^}:]*)\}/g;

export interface Resolved {
  readonly config: Readonly<Record<string, string | null>>;
  /** What may not be shown, with the placeholder that stands for it. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The shortest of the providers whose values are in it. */
  readonly ttlMs: number | undefined;
}

interface Found {
  readonly secrets: Map<string, string>;
  readonly ttlsMs: number[];
}

export class ConfigProviders {
  readonly #providers: ReadonlyMap<string, ConfigProvider>;

  /**
   * From `config.providers` and `config.providers.<name>.class` and `.param.*` of a worker's properties; a provider that is called `env`, `file` or
   * `directory` needs no class. Throws UsageError.
   */
  constructor(properties: Readonly<Record<string, unknown>>) {
    const names = String(properties['config.providers'] ?? '')
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== '');
    this.#providers = new Map(names.map(name => [name, providerOf(name, properties)]));
  }

  /** Throws ConfigError naming the configuration key, for a placeholder whose value is not to be had. */
  resolve(config: Readonly<Record<string, string | null>>): Resolved {
    const secrets = new Map<string, string>();
    const ttlsMs: number[] = [];
    const entries = Object.entries(config).map(([key, value]) => {
      return [key, value === null ? null : this.#resolved(key, value, { secrets, ttlsMs })] as const;
    });
    return { config: Object.fromEntries(entries), secrets, ttlMs: ttlsMs.sort((a, b) => a - b)[0] };
  }

  #resolved(key: string, value: string, { secrets, ttlsMs }: Found): string {
    return value.replace(placeholder, (whole, name: string, path: string | undefined, wanted: string) => {
      const provider = this.#providers.get(name);
      if (provider === undefined) return whole;
      try {
        const found = provider.get((path ?? '').trim(), wanted.trim());
        secrets.set(found, whole);
        if (provider.ttlMs !== undefined) ttlsMs.push(provider.ttlMs);
        return found;
      } catch (error) {
        throw new ConfigError(`${key}: ${whole} cannot be resolved: ${(error as Error).message}`, { cause: error });
      }
    });
  }
}

function providerOf(name: string, properties: Readonly<Record<string, unknown>>): ConfigProvider {
  const prefix = `config.providers.${name}.`;
  const kind = String(properties[`${prefix}class`] ?? name);
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (make === undefined) {
    const known = ['env', 'file', 'directory'];
    throw new UsageError(`${prefix}class: there is no config provider "${kind}"${didYouMean(kind, known)}`);
  }
  const parameters = Object.entries(properties)
    .filter(([key]) => key.startsWith(`${prefix}param.`))
    .map(([key, value]) => [key.slice(`${prefix}param.`.length), String(value)] as const);
  try {
    const given = Object.fromEntries(parameters);
    return { ...make(given), ttlMs: ttlMsOf(given['ttl.ms']) };
  } catch (error) {
    throw new UsageError(`${prefix}param: ${(error as Error).message}`, { cause: error });
  }
}

/** Ours: Kafka's own providers never have values anew. */
function ttlMsOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const ttlMs = durationMs(/^\d+$/.test(text) ? Number(text) : text);
  if (ttlMs >= 100) return ttlMs;
  throw new ConfigError(`ttl.ms: ${text} is too short: give 100 or more`);
}

import { readFileSync } from 'node:fs';
import { ConfigError } from '../../api/errors.js';
import { AllowedPaths } from './allowed-paths.js';
import type { ConfigProvider } from './config-provider.js';
import { nearOnly } from './env-provider.js';
import { readProperties } from './properties-text.js';

/** Kafka's FileConfigProvider: `${file:/path/to/file.properties:key}`. */
export function fileProvider(parameters: Readonly<Record<string, string>>): ConfigProvider {
  const allowed = new AllowedPaths(parameters['allowed.paths']);
  return {
    get(path, key) {
      if (path === '') throw new ConfigError(`name a file: write \${...:/path/to/file:${key}}`);
      const entries = readProperties(readText(allowed.require(path), path));
      const value = entries.get(key);
      if (value === undefined) throw new ConfigError(`${path} has no key "${key}"${nearOnly(key, entries.keys())}`);
      return value;
    },
  };
}

export function readText(real: string, path: string): string {
  try {
    return readFileSync(real, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

import { join, sep } from 'node:path';
import { ConfigError } from '../../api/errors.js';
import { AllowedPaths } from './allowed-paths.js';
import type { ConfigProvider } from './config-provider.js';
import { readText } from './file-provider.js';

/** Kafka's DirectoryConfigProvider: `${directory:/path:file}` is all that the file holds, as Kubernetes and Docker mount secrets. */
export function directoryProvider(parameters: Readonly<Record<string, string>>): ConfigProvider {
  const allowed = new AllowedPaths(parameters['allowed.paths']);
  return {
    get(path, key) {
      if (path === '') throw new ConfigError(`name a directory: write \${...:/path/to/directory:${key}}`);
      // The key names a file of that directory and no other.
      if (key.includes('/') || key.includes(sep) || key === '..')
        throw new ConfigError(`"${key}" is no name of a file`);
      const file = join(path, key);
      return readText(allowed.require(file), file);
    },
  };
}

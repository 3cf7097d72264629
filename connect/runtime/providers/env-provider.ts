import { nearestWord } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { ConfigProvider } from './config-provider.js';

/** Kafka's EnvVarConfigProvider: `${env:NAME}`. `param.allowlist.pattern` must match the whole of a name. */
export function envProvider(
  parameters: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigProvider {
  const allowed = patternOf(parameters['allowlist.pattern']);
  return {
    get(path, key) {
      if (path !== '') throw new ConfigError(`the environment has names and no paths: write \${...:${key}}`);
      const value = allowed.test(key) ? environment[key] : undefined;
      if (value !== undefined) return value;
      const names = Object.keys(environment).filter(name => allowed.test(name));
      const limit = allowed.source === '.*' ? '' : ' that allowlist.pattern lets through';
      throw new ConfigError(`the environment of the worker has no variable ${key}${limit}${nearOnly(key, names)}`);
    },
  };
}

/** Never a list of all that is there: what looks like a name may be a secret. */
export function nearOnly(key: string, names: Iterable<string>): string {
  const near = nearestWord(key, names);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

function patternOf(pattern: string | undefined): RegExp {
  if (pattern === undefined || pattern === '') return /.*/;
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch (cause) {
    throw new ConfigError(`allowlist.pattern: ${(cause as Error).message}`);
  }
}

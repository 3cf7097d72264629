// Configurations as they are given, stored and shown: flat texts. Secrets are shown as `[hidden]`; given back so, they stay what they were.

import { isSealed } from '../providers/sealed-secrets.js';
import { hiddenText } from '../secrets.js';
import type { ConfigText } from './worker-answers.js';
import { WorkerError } from './worker-error.js';

/** Numbers and booleans become texts. Throws WorkerError for what is no plain value. */
export function configText(config: Readonly<Record<string, unknown>>): ConfigText {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (value === null || typeof value === 'string') return [key, value];
      if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
        return [key, String(value)];
      throw new WorkerError('invalid', `${key}: a configuration is flat: give a text, a number, true, false or null`);
    }),
  );
}

/** Without what is not to be seen. A placeholder of a config provider is shown: it tells nothing. */
export function shownConfig(config: ConfigText, secretKeys: ReadonlySet<string>): ConfigText {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const isHidden =
        secretKeys.has(key) &&
        value !== null &&
        value !== '' &&
        (isSealed(value) || !/^\$\{[^}]*:[^}]*\}$/.test(value));
      return [key, isHidden ? hiddenText : value];
    }),
  );
}

/** Who sends back what was shown means the secret that stands there. */
export function withKeptSecrets(config: ConfigText, before: ConfigText | undefined): ConfigText {
  if (before === undefined) return config;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, value === hiddenText ? (before[key] ?? value) : value]),
  );
}

/** Throws WorkerError for a name that could not be addressed. */
export function requireName(name: string): void {
  if (name === '') throw new WorkerError('invalid', 'Connector name configuration must not be empty');
  if (name === '.' || name === '..') {
    throw new WorkerError('invalid', `a connector cannot be called "${name}": a URL takes that for a step in its path`);
  }
  const strange = /[/\\%\p{Cc}]/u.exec(name);
  if (strange === null) return;
  throw new WorkerError(
    'invalid',
    `a connector cannot be called "${name}": ${JSON.stringify(strange[0])} in its name could not be addressed in a URL`,
  );
}

import { UsageError } from '../base/errors.js';

const moduleLine = /^\s*[\w.$]*?(Plain|Scram)LoginModule\s+(?:required|requisite|sufficient|optional)\s+(.*?);?\s*$/s;

/** User and password of `...PlainLoginModule required username="u" password="p";`. Messages never repeat what was given. */
export function jaasOptions(config: string | undefined): { username?: string; password?: string } {
  if (config === undefined) return {};
  const match = moduleLine.exec(config);
  if (match === null) {
    throw new UsageError(
      'sasl.jaas.config is not understood: write org.apache.kafka.common.security.plain.PlainLoginModule required username="USER" password="PASSWORD";',
    );
  }
  const options: { username?: string; password?: string } = {};
  for (const [, name, quoted, bare] of match[2]!.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/g)) {
    const value = quoted === undefined ? bare! : quoted.replace(/\\(.)/g, '$1');
    if (name === 'username' || name === 'password') options[name] = value;
  }
  return options;
}

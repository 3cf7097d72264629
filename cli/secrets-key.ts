import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { InvalidInput } from './exit-code.js';

const keyBytes = 32;

/** Where the key is that a worker encrypts secrets with: beside the data directory, not in it, so that who copies the one has not copied the other. */
export function secretsKeyFile(url: string): string | undefined {
  if (url.startsWith('memory:')) return undefined;
  if (url.startsWith('file:')) return `${url.slice('file:'.length).replace(/\/+$/, '')}.connect-secrets.key`;
  return 'millrace.connect-secrets.key';
}

/** The key in the file, which is made, for its owner only, where there is none. */
export function readSecretsKey(file: string | undefined): Uint8Array {
  if (file === undefined) return randomBytes(keyBytes);
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(file, 0o600);
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length === keyBytes) return key;
  throw new InvalidInput(`${file} holds no key of ${keyBytes} bytes in base64`);
}

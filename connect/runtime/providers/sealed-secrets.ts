// Secrets that are written into a configuration as they are would stand in the config topic for whoever reads it. They are encrypted there, as `${sealed:...}`. The same
// secret of the same option always gives the same text, so that a configuration that did not change is seen not to have.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { ConfigError } from '../../api/errors.js';

type ConfigText = Readonly<Record<string, string | null>>;

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const form = /^\$\{sealed:([A-Za-z0-9_-]+)\}$/;
/** A placeholder of a config provider is no secret: what it stands for is stored nowhere. */
const placeholder = /^\$\{[^}]*:[^}]*\}$/;

export function isSealed(value: string): boolean {
  return form.test(value);
}

export class SealedSecrets {
  readonly #key: Uint8Array;

  /** `key`: 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** With what stands under these keys encrypted. */
  sealed(config: ConfigText, secretKeys: ReadonlySet<string>): ConfigText {
    return mapped(config, (key, value) =>
      secretKeys.has(key) && value !== '' && !placeholder.test(value) ? this.#seal(key, value) : value,
    );
  }

  /** As it was given. Throws ConfigError for what was encrypted with another key. */
  opened(config: ConfigText): ConfigText {
    return mapped(config, (key, value) => (isSealed(value) ? this.#open(key, value) : value));
  }

  #seal(option: string, secret: string): string {
    const nonce = createHmac('sha256', this.#key).update(`${option}\n${secret}`).digest().subarray(0, nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    cipher.setAAD(Buffer.from(option));
    const bytes = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `\${sealed:${bytes.toString('base64url')}}`;
  }

  #open(option: string, text: string): string {
    const bytes = Buffer.from(form.exec(text)![1]!, 'base64url');
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes));
      decipher.setAAD(Buffer.from(option));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const secret = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([secret, decipher.final()]).toString();
    } catch (cause) {
      throw new ConfigError(
        `${option}: the secret was stored with another key: start the worker with that one, or give the secret again`,
        { cause },
      );
    }
  }
}

function mapped(config: ConfigText, change: (key: string, value: string) => string): ConfigText {
  const entries = Object.entries(config).map(([key, value]) => [key, value === null ? null : change(key, value)]);
  return Object.fromEntries(entries) as ConfigText;
}

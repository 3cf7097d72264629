// How a listener `https://...` proves who it is: by PEM, as Kafka's `ssl.keystore.type=PEM` has it. `listeners.https.ssl.*` go before `ssl.*`, which the worker's
// connection to its cluster has as well.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { UsageError } from '../../core/index.js';

export interface RestTls {
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string | undefined;
}

const prefix = 'listeners.https.';

/** Whether a property is about it. */
export function isListenerTlsKey(key: string): boolean {
  return (
    key.startsWith(`${prefix}ssl.`) ||
    /^ssl\.(key\.password|keystore\.(type|location|certificate\.chain|key))$/.test(key)
  );
}

/** Throws UsageError, without a secret in it, for what is missing or no PEM. */
export function restTls(properties: Readonly<Record<string, string | null>>): RestTls {
  const given = (name: string) => properties[prefix + name] ?? properties[name] ?? undefined;
  const type = given('ssl.keystore.type')?.trim().toUpperCase() ?? 'PEM';
  if (type !== 'PEM') throw new UsageError(`ssl.keystore.type=${type}: only PEM is read here`);
  const pem = (name: string) => {
    const at = given(name) === undefined ? 'ssl.keystore.location' : name;
    const text = given(at);
    if (text === undefined) {
      throw new UsageError(`listeners: https needs ${name} (PEM, or the path of a PEM file), or ssl.keystore.location`);
    }
    return pemOf(at, text);
  };
  const cert = pem('ssl.keystore.certificate.chain');
  const key = pem('ssl.keystore.key');
  const passphrase = given('ssl.key.password');
  try {
    createSecureContext({ cert, key, passphrase });
  } catch (cause) {
    throw new UsageError(`listeners: https with this certificate and key: ${(cause as Error).message}`, { cause });
  }
  return { cert, key, passphrase };
}

function pemOf(name: string, given: string): string {
  const text = given.includes('-----BEGIN ') ? given : read(name, given.trim());
  if (text.includes('-----BEGIN ')) return text;
  throw new UsageError(
    `${name}: ${given.trim()} holds no PEM (openssl pkcs12 -in FILE -nodes makes it of a PKCS12 store)`,
  );
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${name}: the file that it names cannot be read (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
}

import { UsageError } from '../base/errors.js';
import type { Disk } from '../ports/disk.js';
import type { TlsSettings } from '../ports/network.js';
import type { KafkaPropertyName, PropertyReader } from './kafka-properties.js';

/** What the properties `ssl.*` say; files are read now. Throws UsageError for a file that is missing or holds no PEM. */
export function tlsSettingsOf(properties: PropertyReader, disk: Disk): TlsSettings {
  const pem = (inline: KafkaPropertyName | undefined, ...locations: KafkaPropertyName[]): string | undefined =>
    (inline === undefined ? undefined : properties.text(inline)) ?? pemFile(properties, disk, locations);
  refuseStores(properties);
  const settings = {
    ca: pem('ssl.truststore.certificates', 'ssl.ca.location', 'ssl.truststore.location'),
    certificate: pem('ssl.keystore.certificate.chain', 'ssl.certificate.location', 'ssl.keystore.location'),
    key: pem('ssl.keystore.key', 'ssl.key.location', 'ssl.keystore.location'),
    passphrase: properties.text('ssl.key.password'),
    verifyCertificate: properties.boolean('enable.ssl.certificate.verification'),
    verifyHostName: ['', 'none'].includes(properties.text('ssl.endpoint.identification.algorithm') ?? 'https')
      ? false
      : undefined,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function pemFile(properties: PropertyReader, disk: Disk, locations: readonly KafkaPropertyName[]): string | undefined {
  for (const name of locations) {
    const path = properties.text(name);
    if (path === undefined) continue;
    const text = Buffer.from(read(disk, name, path)).toString('latin1');
    if (text.includes('-----BEGIN ')) return text;
    throw new UsageError(
      `${name}: ${path} holds no PEM: convert it (keytool -exportcert -rfc, or openssl pkcs12 -in FILE -nodes)`,
    );
  }
  return undefined;
}

function read(disk: Disk, name: string, path: string): Uint8Array {
  try {
    return disk.readFile(path);
  } catch (cause) {
    throw new UsageError(`${name}: ${path} cannot be read`, { cause });
  }
}

function refuseStores(properties: PropertyReader): void {
  for (const name of ['ssl.truststore.type', 'ssl.keystore.type'] as const) {
    const type = properties.text(name)?.toUpperCase() ?? 'PEM';
    if (type !== 'PEM') throw new UsageError(`${name}=${type}: only PEM is read here`);
  }
}

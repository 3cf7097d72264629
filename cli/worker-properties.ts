// What a worker is started with, out of its properties file: as Kafka Connect's own files have them, so that one that runs there runs here.

import type { Properties } from './properties-file.js';

export interface WorkerProperties {
  /** Of `bootstrap.servers`; --url and --data go before it. */
  readonly url: string | undefined;
  /** Of the connection to that cluster: `security.protocol`, `sasl.*`, `ssl.*`. */
  readonly connection: Properties;
  /** Paths and packages of the user's connectors, with commas (ours). */
  readonly plugins: readonly string[];
  /** Where the key for secrets in the config topic is (ours). */
  readonly secretsKeyFile: string | undefined;
  /** All else: the worker's own, and those about REST. */
  readonly worker: Readonly<Record<string, unknown>>;
  /** Properties of Kafka Connect that mean nothing here. */
  readonly withoutEffect: readonly string[];
}

/** Of the JVM, of what a Kafka client has no need to be told here, and of several workers. */
const withoutEffect =
  /^(plugin\.path|plugin\.discovery|offset\.storage\.file\.filename|internal\..*|metric.*|metrics\..*|client\..*|request\.timeout\.ms|retry\.backoff\..*|reconnect\..*|session\.timeout\.ms|heartbeat\.interval\.ms|rebalance\.timeout\.ms|worker\.(un)?sync\..*|scheduled\.rebalance\..*|connect\.protocol|inter\.worker\..*|offset\.flush\.timeout\.ms|rest\.extension\.classes|response\.http\.headers\.config|access\.control\..*)$/;

const ofConnection = /^(security\.protocol|sasl\..*|ssl\..*)$/;

export function workerProperties(given: Readonly<Record<string, unknown>>): WorkerProperties {
  const entries = Object.entries(given);
  const servers = given['bootstrap.servers'];
  // Of `ssl.*`, as of Kafka Connect, both the listener and the connection take what they need; a connection in the clear needs nothing.
  const isHttps = /^\s*https:/i.test(String(given['listeners'] ?? ''));
  const isClear = !/SSL/i.test(String(given['security.protocol'] ?? ''));
  const connection = entries.filter(
    ([key]) => ofConnection.test(key) && !(isHttps && isClear && key.startsWith('ssl.')),
  );
  // `producer.sasl.jaas.config` and the like often say again what the worker itself says: no connection of its own is needed for that.
  const isRepeated = (key: string) => {
    const [, name = ''] = /^(?:producer|consumer|admin)\.(.+)$/.exec(key) ?? [];
    return ofConnection.test(name) && given[name] !== undefined && String(given[name]) === String(given[key]);
  };
  const special = (key: string) =>
    key === 'bootstrap.servers' ||
    key === 'plugins' ||
    key === 'secrets.key.file' ||
    ofConnection.test(key) ||
    withoutEffect.test(key) ||
    isRepeated(key);
  return {
    url: servers === undefined ? undefined : `kafka://${String(servers).replace(/\s/g, '')}`,
    connection: Object.fromEntries(connection.map(([key, value]) => [key, String(value)])),
    plugins: listed(given['plugins']),
    secretsKeyFile: given['secrets.key.file'] === undefined ? undefined : String(given['secrets.key.file']),
    worker: Object.fromEntries(entries.filter(([key]) => !special(key) || (isHttps && key.startsWith('ssl.key')))),
    withoutEffect: entries.map(([key]) => key).filter(key => withoutEffect.test(key)),
  };
}

function listed(value: unknown): readonly string[] {
  const items = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
  return items.map(item => item.trim()).filter(item => item !== '');
}

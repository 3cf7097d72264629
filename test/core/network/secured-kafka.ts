import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../scripts/kafka/free-ports.js';
import { MissingEngine } from '../../../scripts/kafka/missing-engine.js';
import { type KafkaCluster, startKafka } from '../../../scripts/kafka/start-kafka.js';
import { type Certificates, hasOpenSsl, makeCertificates } from './certificates.js';

const listeners = {
  PLAINTEXT: 'PLAINTEXT',
  SASL: 'SASL_PLAINTEXT',
  /** Sessions end after three seconds. */
  SHORT: 'SASL_PLAINTEXT',
  TLS: 'SSL',
  /** Wants a certificate of the client. */
  MUTUAL: 'SSL',
  BOTH: 'SASL_SSL',
} as const;

type Listener = keyof typeof listeners;
const names = Object.keys(listeners) as Listener[];

export const shortSessionMs = 3_000;
export const alice = { username: 'alice', password: 'wonder, =land' };

const modules = 'org.apache.kafka.common.security';
const jaas = {
  plain: `${modules}.plain.PlainLoginModule required user_alice="${alice.password}";`,
  'scram-sha-256': `${modules}.scram.ScramLoginModule required;`,
  'scram-sha-512': `${modules}.scram.ScramLoginModule required;`,
  oauthbearer: `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
};

/** One node of Apache Kafka that asks its clients who they are, in all ways. */
export class SecuredKafka {
  readonly certificates: Certificates;
  readonly folder: string;
  readonly #cluster: KafkaCluster;
  readonly #port: number;

  private constructor(cluster: KafkaCluster, port: number, at: { folder: string; certificates: Certificates }) {
    this.#cluster = cluster;
    this.#port = port;
    this.folder = at.folder;
    this.certificates = at.certificates;
  }

  /** Or what is missing for it. */
  static async start(): Promise<SecuredKafka | string> {
    if (!hasOpenSsl()) return 'openssl is not installed';
    const folder = mkdtempSync(join(tmpdir(), 'millrace-secured-'));
    try {
      const certificates = makeCertificates(folder);
      const port = await freePorts(20);
      const cluster = await startKafka({ port, settings: settings(port, folder, certificates) });
      const secured = new SecuredKafka(cluster, port, { folder, certificates });
      await secured.#addScramUser().catch(async error => {
        await secured.stop();
        throw error;
      });
      return secured;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      if (error instanceof MissingEngine) return error.message;
      throw error;
    }
  }

  address(listener: Listener): string {
    return `127.0.0.1:${portOf(this.#port, listener)}`;
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Kafka takes one mechanism at a time. */
  async #addScramUser(): Promise<void> {
    const user = ['--entity-type', 'users', '--entity-name', scramUser.username];
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      const credentials = `${mechanism}=[password=${scramPassword}]`;
      const run = await this.#cluster.tool('kafka-configs', ['--alter', ...user, '--add-config', credentials]);
      if (run.status !== 0) throw new Error(`the user could not be made: ${run.stderr}`);
    }
  }
}

/** Kafka's tool takes no comma in a password. */
const scramPassword = 'rabbit-hole=1';
export const scramUser = { username: 'queen=of,hearts', password: scramPassword };

function portOf(port: number, listener: Listener): number {
  return port + names.indexOf(listener);
}

function settings(port: number, folder: string, { server }: Certificates): Record<string, string | number> {
  const addresses = names.map(name => `${name}://127.0.0.1:${portOf(port, name)}`).join(',');
  const sasl = ['sasl', 'short', 'both'].flatMap(name => [
    [`listener.name.${name}.sasl.enabled.mechanisms`, 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER'],
    ...Object.entries(jaas).map(([mechanism, line]) => [`listener.name.${name}.${mechanism}.sasl.jaas.config`, line]),
  ]) as [string, string][];
  return {
    listeners: `${addresses},CONTROLLER://127.0.0.1:${port + 10}`,
    'advertised.listeners': addresses,
    'listener.security.protocol.map': [...Object.entries(listeners), ['CONTROLLER', 'PLAINTEXT']]
      .map(([name, protocol]) => `${name}:${protocol}`)
      .join(','),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': server.path,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'ca.crt'),
    'listener.name.mutual.ssl.client.auth': 'required',
    ...Object.fromEntries(sasl),
    'listener.name.short.connections.max.reauth.ms': shortSessionMs,
  };
}

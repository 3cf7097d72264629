import { UsageError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-word.js';
import type { BrokerConfig, FlushMode } from '../broker/broker-config.js';
import type { Ports } from '../ports/ports.js';
import type { ClusterOptions } from './cluster-options.js';
import { type KafkaPropertyName, kafkaPropertyNames } from './kafka-properties.js';

/**
 * How an embedded log is called. `direct`: a call into the broker, batches by reference. `encoded`: the same call, every request and response
 * through its bytes, as over a network; slower, for tests that must show that both give the same results.
 */
export type ConnectionMode = 'direct' | 'encoded';

/**
 * How a log is opened. Those of another kind of place are left aside, so that a program runs unchanged where its URL is another one.
 */
export interface OpenLogOptions extends ClusterOptions {
  /** Default `direct`. */
  readonly connection?: ConnectionMode;
  /** Default `commit`: what is acknowledged is on disk. */
  readonly flush?: FlushMode;
  /** Clock, disk and randomness; the platform's by default, simulated ones in tests. */
  readonly ports?: Ports;
  readonly broker?: Partial<BrokerConfig>;
}

type OwnName = Exclude<keyof OpenLogOptions, KafkaPropertyName>;

/** A record, so that the compiler misses none. */
const ownNames: Readonly<Record<OwnName, true>> = {
  connection: true,
  flush: true,
  ports: true,
  broker: true,
  clientId: true,
  requestTimeoutMs: true,
  connectionSetupTimeoutMs: true,
  openTimeoutMs: true,
  reconnectBackoffMs: true,
  reconnectBackoffMaxMs: true,
  answerBytesMax: true,
  tls: true,
  sasl: true,
};

/** Throws UsageError, with the nearest that there is, for a name that is no option. */
export function requireKnownOptions(options: OpenLogOptions): void {
  for (const name of Object.keys(options)) {
    // Kafka's names have dots in them, ours have none.
    const known: readonly string[] = name.includes('.') ? kafkaPropertyNames : Object.keys(ownNames);
    if (!known.includes(name)) throw new UsageError(`"${name}" is no option of openLog${didYouMean(name, known)}`);
  }
}

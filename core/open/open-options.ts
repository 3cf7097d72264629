import type { BrokerConfig, FlushMode } from '../broker/broker-config.js';
import type { Ports } from '../ports/ports.js';

/**
 * How an embedded log is called. `direct`: a call into the broker, batches by reference. `encoded`: the same call, every request and response
 * through its bytes, as over a network; slower, for tests that must show that both give the same results.
 */
export type ConnectionMode = 'direct' | 'encoded';

export interface OpenLogOptions {
  /** Default `direct`. */
  readonly connection?: ConnectionMode;
  /** Default `commit`: what is acknowledged is on disk. */
  readonly flush?: FlushMode;
  /** Clock, disk and randomness; the platform's by default, simulated ones in tests. */
  readonly ports?: Ports;
  readonly broker?: Partial<BrokerConfig>;
}

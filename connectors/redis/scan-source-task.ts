import type { Polled, SourceContext, SourceTask } from '../../connect/api/index.js';
import { KeyScan } from './key-scan.js';
import { keyValues } from './key-values.js';
import { RedisConnection } from './redis-connection.js';
import { type RedisSourceConfig, topicOf } from './redis-source-config.js';

/** The keys of a pattern, once; then the source has ended. An interrupted scan goes on at its cursor, a finished one begins anew. */
export class ScanSourceTask implements SourceTask {
  readonly #config: RedisSourceConfig;
  readonly #context: SourceContext;
  readonly #connection: RedisConnection;
  readonly #scan: KeyScan;
  readonly #partition: { readonly pattern: string };

  constructor(config: RedisSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#connection = new RedisConnection(config, context);
    const pattern = config['redis.keys.pattern'];
    this.#scan = new KeyScan(this.#connection, pattern, config['batch.size']);
    this.#partition = { pattern };
  }

  open(): Promise<void> {
    return this.#scan.begin(this.#context.offset(this.#partition));
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    if (this.#scan.isDone) return 'ended';
    const keys = await this.#scan.next(signal);
    if (keys === undefined) return [];
    const { cursor, server, isDone } = this.#scan;
    if (keys.length === 0 && !isDone) return this.poll(signal);
    const { records, bad } = await keyValues(this.#connection, {
      keys,
      topic: topicOf(this.#config, this.#config['redis.keys.pattern']),
      types: this.#config['redis.keys.types'],
      withGone: false,
    });
    return [{ partition: this.#partition, offset: { cursor, server }, records, ...(bad.length > 0 && { bad }) }];
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

// One embedded broker: opens a data directory, answers requests, and keeps house in the background. It knows neither sockets nor
// encodings: `handle` takes the protocol's own request objects, whoever brings them.

import { ProtocolError, WorldFault } from '../base/errors.js';
import { LogDirectory } from '../log/log-directory.js';
import type { Ports } from '../ports/ports.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import { BackgroundTask } from './background-task.js';
import { type BrokerConfig, brokerConfig } from './broker-config.js';
import type { BrokerNode } from './broker-node.js';
import type { GroupNews } from './group-news.js';
import { handlerByKey } from './handler-table.js';
import { LogCleaner } from './log-cleaner.js';
import { openBrokerNode } from './open-broker-node.js';
import type { RequestContext } from './request-context.js';

export interface BrokerOptions {
  /** Where the partitions lie; made when missing. */
  readonly directory: string;
  readonly config?: Partial<BrokerConfig>;
}

export class Broker {
  readonly #node: BrokerNode;
  readonly #tasks: readonly BackgroundTask[];
  readonly #cleaner: LogCleaner;
  #closing: Promise<void> | undefined;

  private constructor(node: BrokerNode) {
    this.#node = node;
    const { ports, directory, config } = node;
    this.#cleaner = new LogCleaner(ports.clock, directory, config.report);
    this.#tasks = housekeeping(node, this.#cleaner);
  }

  /** Recovers what is on disk. Rejects with UsageError when another process holds the directory. */
  static async open(ports: Ports, options: BrokerOptions): Promise<Broker> {
    const config = brokerConfig(options.config);
    const flush =
      config.flush === 'interval' ? { kind: config.flush, intervalMs: config.flushIntervalMs } : { kind: config.flush };
    const directory = await LogDirectory.open(ports, {
      directory: options.directory,
      nodeId: config.nodeId,
      flush,
      checkpointIntervalMs: config.checkpointIntervalMs,
    });
    try {
      return new Broker(await openBrokerNode(ports, config, directory));
    } catch (error) {
      await directory.close().catch(() => undefined);
      throw error;
    }
  }

  get clusterId(): string {
    return this.#node.clusterId;
  }

  /** Of batches, to all its logs. */
  get appendCount(): number {
    return this.#node.directory.appendCount;
  }

  /** For members of groups that live in this process. */
  get groupNews(): GroupNews {
    return this.#node.groups.news;
  }

  /** Answers at once where nothing has to be waited for. */
  handle<A extends Api>(
    api: A,
    request: RequestOf<A>,
    context: RequestContext,
  ): ResponseOf<A> | Promise<ResponseOf<A>> {
    if (this.#closing !== undefined) throw new WorldFault('the broker is closed', { isRetriable: true });
    const handler = handlerByKey.get(api.key);
    if (handler === undefined) throw new ProtocolError('UNSUPPORTED_VERSION', `${api.name} is not served`);
    return handler.handle(this.#node, request, context) as ResponseOf<A> | Promise<ResponseOf<A>>;
  }

  /** Answers what is parked, flushes everything, and marks the shutdown as clean. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cleaner.stop();
    for (const task of this.#tasks) await task.stop();
    const { pendingFetches, groups, transactions, catalogue, directory } = this.#node;
    pendingFetches.close();
    await catalogue.close();
    transactions.close();
    groups.close();
    await directory.close();
  }
}

function housekeeping(node: BrokerNode, cleaner: LogCleaner): BackgroundTask[] {
  const { ports, config, directory, groups, transactions } = node;
  const every = (intervalMs: number, run: () => void | Promise<void>) =>
    new BackgroundTask(ports.clock, { intervalMs, run, report: config.report });
  return [
    every(config.retentionCheckIntervalMs, () => {
      for (const log of directory.logs()) if (log.failure === undefined) log.enforceRetention(ports.clock.now());
    }),
    every(config.compactionCheckIntervalMs, () => cleaner.run()),
    every(config.offsetsRetentionCheckIntervalMs, () => groups.expireOffsets()),
    every(config.transactionTimeoutCheckIntervalMs, () => transactions.housekeep('abort-timed-out')),
    every(config.transactionalIdExpirationCheckIntervalMs, () => transactions.housekeep('expire-transactional-ids')),
  ];
}

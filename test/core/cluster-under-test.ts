import { randomBytes } from 'node:crypto';
import type { Log } from '../../core/open/log.js';
import { LogClients } from '../../core/open/log-clients.js';
import { openLog } from '../../core/open/open-log.js';
import type { OpenLogOptions } from '../../core/open/open-options.js';
import { metadata } from '../../core/protocol/03-metadata.js';
import { deleteTopics } from '../../core/protocol/20-delete-topics.js';
import { NamesApart } from './names-apart.js';

/** A cluster that serves other tests too, as one test has it: with names of its own. Opened again, it holds what was written before. */
export class ClusterUnderTest {
  readonly #url: string;
  readonly #prefix = `t${randomBytes(6).toString('hex')}-`;
  readonly #opened: Log[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async open(options: Omit<OpenLogOptions, 'connection'> = {}): Promise<Log> {
    if (options.broker !== undefined)
      throw new Error('options of a broker need an embedded broker: say so in the test');
    const cluster = await openLog(this.#url, options);
    const log = withNamesApart(cluster, this.#prefix);
    this.#opened.push(log);
    return log;
  }

  /** Closes what was opened, and deletes the topics that are left. */
  async end(): Promise<void> {
    if (this.#opened.length === 0) return;
    for (const log of this.#opened) await log.close();
    const log = withNamesApart(await openLog(this.#url), this.#prefix);
    const connection = await log.connect();
    const { topics } = await connection.send(metadata, metadata.request({ topics: null }));
    const own = topics.map(({ name }) => name!).filter(name => !name.startsWith('__'));
    if (own.length > 0) {
      const request = { topics: own.map(name => ({ name })), topicNames: own, timeoutMs: 10_000 };
      await connection.send(deleteTopics, deleteTopics.request(request));
    }
    await log.close();
  }
}

function withNamesApart(cluster: Log, prefix: string): Log {
  const place = new NamesApart(cluster, prefix);
  const clients = new LogClients(cluster.ports, place);
  let closing: Promise<void> | undefined;
  const close = async () => {
    const failures = await clients.close();
    await cluster.close();
    if (failures.length > 0) throw failures[0];
  };
  return {
    ports: cluster.ports,
    clusterId: cluster.clusterId,
    url: cluster.url,
    producer: options => clients.producer(options),
    consumer: options => clients.consumer(options),
    admin: () => clients.admin(),
    connect: (nodeId, options) => place.connect(nodeId, options),
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

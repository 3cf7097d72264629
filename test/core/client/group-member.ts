// A group member that polls all the time, as an application does, and notes what it is told.

import type { Consumer } from '../../../core/client/consumer.js';
import type { ConsumerOptions } from '../../../core/client/consumer-options.js';
import type { TopicPartition } from '../../../core/client/topic.js';
import type { Log } from '../../../core/open/log.js';

export const base = {
  groupId: 'readers',
  topics: ['texts'],
  autoOffsetReset: 'earliest',
  heartbeatIntervalMs: 20,
  sessionTimeoutMs: 10_000,
} satisfies ConsumerOptions;

/** A member that polls all the time, as an application does. */
export class Member {
  readonly consumer: Consumer;
  readonly values: string[] = [];
  readonly events: string[] = [];
  readonly #log: Log;
  #isStopped = false;
  readonly #loop: Promise<void>;

  /** `revoking` is awaited by the listener before it says that it revoked. */
  constructor(
    log: Log,
    options: Partial<ConsumerOptions> = {},
    revoking: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#log = log;
    const { topics, ...rest } = { ...base, ...options };
    this.consumer = log.consumer(rest);
    const note = (what: string) => (partitions: readonly TopicPartition[]) => {
      this.events.push(`${what} ${names(partitions)}`.trim());
    };
    const onRevoked = async (partitions: readonly TopicPartition[]) => {
      await revoking();
      note('revoked')(partitions);
    };
    this.consumer.subscribe(topics, { onAssigned: note('assigned'), onRevoked, onLost: note('lost') });
    this.#loop = this.#run();
  }

  get has(): string {
    return names(this.consumer.assignment());
  }

  async until(condition: () => boolean): Promise<void> {
    for (let waited = 0; !condition(); waited++) {
      if (waited > 3_000) throw new Error(`waited in vain; has ${this.has}, saw ${this.events.join(', ')}`);
      await this.#log.ports.clock.sleep(5);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.consumer.close();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      for (const { value } of await this.consumer.poll({ waitMs: 20 })) this.values.push(value!);
    }
  }
}

export function names(partitions: readonly TopicPartition[]): string {
  return partitions
    .map(({ partition }) => partition)
    .sort((a, b) => a - b)
    .join(',');
}

export async function fill(log: Log, from: number, to: number): Promise<void> {
  const producer = log.producer();
  const sent = [];
  for (let n = from; n < to; n++) sent.push(producer.send('texts', { key: `k${n}`, value: `v${n}` }));
  await Promise.all(sent);
  await producer.close();
}

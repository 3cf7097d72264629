// The list in which elements wait until their records are committed. What is committed stands in front and is trimmed away; a trim whose answer was lost
// must not be done twice, one that Redis gets late (from a connection that was given up, from a task that was replaced) not at all. So each trim
// moves a counter in the same MULTI, and the counter is watched; and what is trimmed is what was handed out, byte for byte.

import type { Reply } from './patient-call.js';
import type { RedisClient, RedisConnection } from './redis-connection.js';
import { redisError } from './redis-connection.js';

export class ProcessingList {
  readonly name: string;
  readonly #state: string;
  readonly #connection: RedisConnection;
  #life = '';
  #removed = 0;
  #committed: Buffer[] = [];
  #removing: Promise<void> = Promise.resolve();

  constructor(name: string, connection: RedisConnection) {
    this.name = name;
    this.#state = `${name}:state`;
    this.#connection = connection;
  }

  /** From now on an earlier task trims nothing any more. */
  async open(): Promise<void> {
    await this.#ask(async client => {
      this.#life = String(await client.hincrby(this.#state, 'life', 1));
      await client.hset(this.#state, 'removed', 0);
    });
  }

  /** Elements that are committed and stand there still. */
  get committedCount(): number {
    return this.#committed.length;
  }

  range(from: number, count: number): Promise<readonly Buffer[]> {
    return this.#ask(client => client.lrangeBuffer(this.name, from, from + count - 1));
  }

  /** These stand in front, and are committed. What Redis cannot hear now it hears with the next `trim`. */
  add(elements: readonly Reply[]): void {
    for (const element of elements) if (Buffer.isBuffer(element)) this.#committed.push(element);
  }

  /** One at a time. Resolves with how many have gone. */
  async trim(trimmed: (count: number) => void): Promise<void> {
    this.#removing = this.#removing.catch(() => undefined).then(() => this.#trimNow(trimmed));
    return this.#removing;
  }

  async #trimNow(trimmed: (count: number) => void): Promise<void> {
    const count = this.#committed.length;
    if (count === 0) return;
    const target = this.#removed + count;
    await this.#ask(async client => {
      const asked = client.pipeline().watch(this.#state).hmget(this.#state, 'life', 'removed');
      const [, state, front] = (await asked.lrangeBuffer(this.name, 0, count - 1).exec()) ?? [];
      const [life, removed] = (state?.[1] ?? []) as string[];
      if (life !== this.#life) throw new Disturbed(`another task reads the list ${this.name} in place of this one`);
      if (Number(removed) === target) return;
      if (!isSame(this.#committed, (front?.[1] ?? []) as Buffer[]))
        throw new Disturbed(`the list ${this.name} does not begin with what was handed out: it is read again`);
      const done = await client.multi().ltrim(this.name, count, -1).hset(this.#state, 'removed', target).exec();
      if (done === null) throw new Disturbed(`the list ${this.name} was trimmed meanwhile`);
    });
    this.#removed = target;
    this.#committed.splice(0, count);
    trimmed(count);
  }

  async #ask<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#connection.client());
    } catch (error) {
      if (error instanceof Disturbed) throw error;
      throw redisError(error, `the list ${this.name}`);
    }
  }
}

/** Ends this life of the task; the next one reads the list from its start. */
class Disturbed extends Error {
  override readonly name = 'Disturbed';
}

function isSame(one: readonly Buffer[], other: readonly Buffer[]): boolean {
  return one.length === other.length && one.every((element, at) => element.equals(other[at]!));
}

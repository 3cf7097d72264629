// Writes records without their offsets, at least once: the group's move when all of it is written. To one node in a pipeline, to a cluster all nodes at once.

import type { Command } from 'ioredis';
import { DataError, type SinkContext, type SinkRecord } from '../../connect/api/index.js';
import type { RedisClient, RedisConnection } from './redis-connection.js';
import { refusal } from './refusal.js';
import { RespWriter } from './resp-writer.js';
import type { RecordCommands } from './sink-commands.js';
import { type WrittenCommand, writtenCommands } from './written-commands.js';

export interface LooseWriterParts {
  readonly connection: RedisConnection;
  readonly context: SinkContext;
  readonly isClustered: boolean;
}

export class LooseWriter {
  readonly #parts: LooseWriterParts;
  readonly #writer = new RespWriter();

  constructor(parts: LooseWriterParts) {
    this.#parts = parts;
  }

  async write(meant: readonly RecordCommands[], sent: () => void): Promise<void> {
    const client = await this.#parts.connection.client();
    const fitting = await this.#fitting(meant, await this.#typesOf(client, meant));
    if (this.#parts.isClustered) {
      await this.#scatter(client, fitting);
      return sent();
    }
    this.#writer.clear();
    await this.pipeline(writtenCommands(this.#writer, fitting), sent);
  }

  /** Calls `sent` as soon as Redis has it. */
  async pipeline(commands: readonly WrittenCommand[], sent: () => void): Promise<void> {
    const { connection } = this.#parts;
    const writing = (await connection.client()).pipeline();
    const queue = writing as unknown as { sendCommand(command: Command): unknown };
    for (const { name, bytes } of commands) queue.sendCommand(connection.written(name, bytes));
    const answering = writing.exec();
    answering.catch(() => undefined);
    sent();
    const bad: Bad[] = [];
    for (const [at, [error]] of ((await answering) ?? []).entries()) {
      if (error === null) continue;
      const { name, records } = commands[at]!;
      const shown = requireBad(error, { name });
      for (const record of records) bad.push([record, shown]);
    }
    await this.#reject(bad);
  }

  /** Of the keys whose type matters: most of what would be refused is told before, with the record that it is. */
  async #typesOf(client: RedisClient, meant: readonly RecordCommands[]): Promise<ReadonlyMap<string, string>> {
    const keys = [...new Set(meant.filter(each => each.type !== undefined).map(each => each.key))];
    if (keys.length === 0) return new Map();
    if (this.#parts.isClustered) {
      const types = await Promise.all(keys.map(key => client.type(key)));
      return new Map(keys.map((key, at) => [key, types[at]!]));
    }
    const answers = (await client.pipeline(keys.map(key => ['type', key])).exec()) ?? [];
    return new Map(keys.map((key, at) => [key, String(requireAnswer(answers[at]!))]));
  }

  async #fitting(
    meant: readonly RecordCommands[],
    types: ReadonlyMap<string, string>,
  ): Promise<readonly RecordCommands[]> {
    const fitting: RecordCommands[] = [];
    for (const each of meant) {
      const found = each.type === undefined ? 'none' : types.get(each.key)!;
      if (found === 'none' || found === each.type) fitting.push(each);
      else await this.#parts.context.reject(each.record, wrongType(each, found));
    }
    return fitting;
  }

  /** In waves: none has two records of one key, which a node that moves a slot could otherwise put out of order. */
  async #scatter(client: RedisClient, meant: readonly RecordCommands[]): Promise<void> {
    let wave: Promise<unknown>[] = [];
    let keys = new Set<string>();
    const bad: Bad[] = [];
    for (const { record, key, commands } of meant) {
      if (keys.has(key)) {
        await Promise.all(wave);
        wave = [];
        keys = new Set();
      }
      keys.add(key);
      for (const [name, ...args] of commands) {
        const refused = (error: Error) => void bad.push([record, requireBad(error, { name, key })]);
        wave.push(client.call(name, args).catch(refused));
      }
    }
    await Promise.all(wave);
    await this.#reject(bad);
  }

  async #reject(bad: readonly Bad[]): Promise<void> {
    for (const [record, error] of bad) await this.#parts.context.reject(record, error);
  }
}

type Bad = readonly [SinkRecord, DataError];

/** Throws what is not for what the record holds or where it goes. */
function requireBad(error: Error, command: { readonly name: string; readonly key?: string }): DataError {
  const shown = error.name === 'ReplyError' ? refusal(error.message, command) : error;
  if (shown instanceof DataError) return shown;
  throw shown;
}

export function wrongType({ key, type }: Pick<RecordCommands, 'key' | 'type'>, found: string): DataError {
  return new DataError(`the key "${key}" holds a ${found}, not a ${type}`);
}

function requireAnswer([error, answer]: readonly [Error | null, unknown]): unknown {
  if (error !== null) throw error;
  return answer;
}

// Writes records and moves their offsets in one step, which Redis carries out whole. SET, DEL and PUBLISH, which it never refuses for what a record holds or
// where it goes, are queued in a MULTI whose offsets are watched; all else is run by a script that stops where Redis refuses (`sink-script.ts`).

import type { ChainableCommander, Command } from 'ioredis';
import {
  DataError,
  originOf,
  RetriableError,
  type SinkContext,
  type SinkRecord,
  type TopicOffset,
} from '../../connect/api/index.js';
import { type KeptOffsets, type Move, offsetOf, requireUnmoved } from './kept-offsets.js';
import { wrongType } from './loose-writer.js';
import { type RedisClient, type RedisConnection, redisError } from './redis-connection.js';
import { Refused, refusal } from './refusal.js';
import { RespWriter } from './resp-writer.js';
import type { RecordCommands } from './sink-commands.js';
import { type ScriptAnswer, type ScriptStep, scriptRecordCount, scriptStep, writtenScript } from './sink-script.js';
import { replaced } from './stored-offsets.js';
import type { WrittenCommand } from './written-commands.js';

export interface ExactWriterParts {
  readonly connection: RedisConnection;
  readonly context: SinkContext;
  readonly offsets: KeptOffsets;
}

/** Calls `sent` as soon as Redis has it. */
type Sent = () => void;

export class ExactWriter {
  readonly #parts: ExactWriterParts;
  readonly #writer = new RespWriter();

  constructor(parts: ExactWriterParts) {
    this.#parts = parts;
  }

  /** By one MULTI. */
  async exec(records: readonly SinkRecord[], commands: readonly WrittenCommand[], sent: Sent): Promise<void> {
    const { connection, context, offsets } = this.#parts;
    const client = await connection.client();
    const moves = offsets.movesOf(records);
    await this.#watch(client, moves);
    const multi = client.multi();
    for (const { name, bytes } of commands) queueOf(multi).sendCommand(connection.written(name, bytes));
    context.failpoint('redis-sink/records-queued');
    for (const { key, next } of moves) multi.set(key, String(next));
    context.failpoint('redis-sink/queued');
    const answers = await this.#answerOf(client, moves, multi.exec(), sent);
    if (answers === null) {
      connection.drop(client);
      throw new RetriableError('the offsets were changed by another client while they were written');
    }
    offsets.moved(reachedBy(moves));
    await this.#takeBack(client, commands, answers);
  }

  /** By scripts: as many as the size of the records wants, and one more for each that is refused. */
  async run(meant: readonly RecordCommands[], sent: Sent): Promise<void> {
    let left = meant;
    let isSent = false;
    const sentOnce = () => {
      if (!isSent) sent();
      isSent = true;
    };
    // Behind a refused one there may be more of the same: not all are sent again for each.
    let countMax = meant.length;
    while (left.length > 0) {
      const part = left.slice(0, Math.min(countMax, scriptRecordCount(left)));
      const step = scriptStep(part, this.#parts.offsets.movesOf(part.map(each => each.record)));
      const refused = await this.#runStep(step, part.length === left.length ? sentOnce : undefined);
      if (refused === undefined) {
        left = left.slice(part.length);
        countMax *= 2;
        continue;
      }
      const { at, recordCount } = refused.command;
      countMax = 1;
      left = left.slice(at);
      // Of several in one command, only the first is asked again by itself.
      if (recordCount > 1) continue;
      await this.#hand(left[0]!, refused.error);
      left = [{ ...left[0]!, commands: [] }, ...left.slice(1)];
      countMax = 2;
    }
  }

  async #watch(client: RedisClient, moves: readonly Move[]): Promise<void> {
    const keys = moves.map(move => move.key);
    const [watched, found] =
      (await client
        .pipeline([
          ['watch', ...keys],
          ['mget', ...keys],
        ])
        .exec()) ?? [];
    const error = watched?.[0] ?? found?.[0];
    if (error) throw error;
    requireUnmoved(moves, found![1] as (string | null)[]);
  }

  async #runStep(
    step: ScriptStep,
    sent: Sent = () => undefined,
  ): Promise<{ command: ScriptStep['commands'][number]; error: string } | undefined> {
    const { connection, context, offsets } = this.#parts;
    const client = await connection.client();
    const bytes = writtenScript(this.#writer, step);
    context.failpoint('redis-sink/queued');
    const answering = queueOf(client).sendCommand(connection.written('eval', bytes)) as Promise<ScriptAnswer>;
    const [kind, number, what] = await this.#answerOf(client, step.moves, answering, sent);
    if (kind === 'moved') {
      const move = step.moves[number - 1]!;
      throw replaced(move, move.stored, offsetOf(what));
    }
    if (kind === 'done') {
      offsets.moved(reachedBy(step.moves));
      return undefined;
    }
    const command = step.commands[number - 1]!;
    const done = step.meant.slice(0, command.at).map(each => each.record);
    const { record } = step.meant[command.at]!;
    offsets.moved([...reachedBy(offsets.movesOf(done)), { ...originOf(record), offset: record.offset }]);
    return { command, error: what };
  }

  async #answerOf<T>(client: RedisClient, moves: readonly Move[], answering: Promise<T>, sent: Sent): Promise<T> {
    const { connection, context, offsets } = this.#parts;
    offsets.expect(moves);
    answering.catch(() => undefined);
    context.failpoint('redis-sink/sent');
    sent();
    try {
      const answer = await answering;
      context.failpoint('redis-sink/executed');
      return answer;
    } catch (error) {
      // Nobody knows what became of it: the next connection tells.
      if ((error as Error).name !== 'ReplyError') connection.drop(client);
      throw withAdvice(error as Error);
    }
  }

  /** A refused record, which Redis was not told to be over. */
  async #hand({ record, key, type, commands }: RecordCommands, message: string): Promise<void> {
    const { connection, context } = this.#parts;
    const error = refusal(message, { name: commands[0]![0], key });
    context.failpoint('redis-sink/refused');
    if (!(error instanceof DataError)) throw error;
    const found = await (await connection.client()).type(key);
    const isOther = type !== undefined && found !== 'none' && found !== type;
    await context.reject(record, isOther ? wrongType({ key, type }, found) : error);
  }

  /**
   * A MULTI goes on behind a command that is refused, such as when the rights of the user are changed under it. Its records are written again with those behind
   * them, which changes nothing for SET and DEL.
   */
  async #takeBack(
    client: RedisClient,
    commands: readonly WrittenCommand[],
    answers: readonly (readonly [Error | null, unknown])[],
  ): Promise<void> {
    const refused = commands.filter((_, at) => answers[at]![0] !== null);
    if (refused.length === 0) return;
    const { offsets } = this.#parts;
    const error = answers.find(answer => answer[0] !== null)![0]!;
    const firsts = offsets.movesBackTo(refused.flatMap(command => command.records));
    try {
      await this.#watch(client, firsts);
      const multi = client.multi();
      for (const { key, next } of firsts) multi.set(key, String(next));
      if ((await multi.exec()) === null) throw new Error('another task has moved them');
    } catch (cause) {
      const places = firsts.map(({ topic, partition, next }) => `${topic}-${partition} offset ${next}`).join(', ');
      throw new Refused(
        `Redis refused records (${error.message}) and their offsets could not be taken back (${redisError(cause, 'writing to Redis').message}): write ${places} and what follows again by resetting the offsets of the connector`,
      );
    }
    offsets.moved(reachedBy(firsts));
    throw refusal(error.message, refused[0]!);
  }
}

function withAdvice(error: Error): Error {
  if (!/(NOPERM|unknown command).*\beval\b/i.test(error.message)) return error;
  const advice = 'a sink that writes this redis.type exactly once needs EVAL: allow it (ACL SETUSER USER +eval)';
  return new Refused(`writing to Redis: ${error.message}: ${advice}, or set exactly.once=false`, { cause: error });
}

function reachedBy(moves: readonly Move[]): readonly TopicOffset[] {
  return moves.map(({ topic, partition, next }) => ({ topic, partition, offset: next }));
}

/** What the driver queues commands with. */
function queueOf(pipeline: ChainableCommander | RedisClient): { sendCommand(command: Command): unknown } {
  return pipeline as unknown as { sendCommand(command: Command): unknown };
}

// What records become, as bytes, with as few commands as their order allows: neighbours that one command can do together are one (SETs without expiry an
// MSET, DELs one DEL; pushes to one list, members of one set).

import type { SinkRecord } from '../../connect/api/index.js';
import type { RespWriter } from './resp-writer.js';
import type { Command, RecordCommands } from './sink-commands.js';

export interface WrittenCommand {
  readonly name: string;
  readonly bytes: Buffer;
  readonly records: readonly SinkRecord[];
}

/** Those that take more of the same behind their key. */
export const growing: ReadonlySet<string> = new Set(['RPUSH', 'LPUSH', 'SADD', 'SREM', 'ZADD', 'ZREM']);

/** The bytes are the writer's. */
export function writtenCommands(writer: RespWriter, meant: readonly RecordCommands[]): readonly WrittenCommand[] {
  const written: WrittenCommand[] = [];
  let last: Command | undefined;
  let name = '';
  let records: SinkRecord[] = [];
  const end = () => {
    if (last !== undefined) written.push({ name: name.toLowerCase(), bytes: writer.end(), records });
  };
  for (const { record, commands } of meant) {
    for (const command of commands) {
      const follows = last !== undefined && canFollow(last, command);
      if (!follows) {
        end();
        name = isPlainSet(command) ? 'MSET' : command[0];
        records = [];
        writer.begin(name);
      }
      // The key stands there already where the command goes on with it.
      for (let at = follows && growing.has(command[0]) ? 2 : 1; at < command.length; at++) writer.add(command[at]!);
      records.push(record);
      last = command;
    }
  }
  end();
  return written;
}

function isPlainSet(command: Command): boolean {
  return command[0] === 'SET' && command.length === 3;
}

function canFollow(last: Command, next: Command): boolean {
  if (last[0] !== next[0]) return false;
  if (next[0] === 'SET') return isPlainSet(last) && isPlainSet(next);
  return next[0] === 'DEL' || (growing.has(next[0]) && last[1] === next[1]);
}

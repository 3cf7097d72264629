// Commands that Redis may refuse when it carries them out: a key of another type, a stream that has no id left, a document that is too deep. A MULTI would
// carry out the rest and move the offsets all the same, so what was refused would never be tried again. A script stops there: all in front is written, nothing
// behind it, and the offsets say so. It is the compare-and-set of the offsets too, so nothing has to be watched or asked before.

import { originOf } from '../../connect/api/index.js';
import { isSamePartition, type Move } from './kept-offsets.js';
import type { RespWriter } from './resp-writer.js';
import type { Argument, Command, RecordCommands } from './sink-commands.js';
import { growing } from './written-commands.js';

/**
 * KEYS: those of the offsets, then one for each command. ARGV: how many offsets; what each must hold and shall hold; then groups of records of one partition: which
 * offset it is, how many commands, where it is behind the group; and for each command where its record stands, how many arguments follow the key, its name, and
 * they. The offsets come first, as who may not write at all (no memory, no right, a replica) learns it there, before anything is written.
 */
const script = `
local offsets = tonumber(ARGV[1])
for n = 1, offsets do
  local held = redis.call('GET', KEYS[n]) or ''
  if held ~= ARGV[2 * n] then return {'moved', n, held} end
end
for n = 1, offsets do redis.call('SET', KEYS[n], ARGV[2 * n + 1]) end
local at, key, reached = 2 * offsets + 2, offsets + 1, {}
while at <= #ARGV do
  local offset, commands = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local behind = ARGV[at + 2]
  at = at + 3
  for n = 1, commands do
    local count = tonumber(ARGV[at + 1])
    local answer = redis.pcall(ARGV[at + 2], KEYS[key], unpack(ARGV, at + 3, at + 2 + count))
    if type(answer) == 'table' and answer.err then
      reached[offset] = ARGV[at]
      for m = 1, offsets do
        local back = reached[m] or ARGV[2 * m]
        if back == '' then redis.call('DEL', KEYS[m]) else redis.call('SET', KEYS[m], back) end
      end
      return {'refused', key - offsets, answer.err}
    end
    at, key = at + 3 + count, key + 1
  end
  reached[offset] = behind
end
return {'done', 0, ''}`;

/** A script hands no more than about 8,000 arguments to a command. */
const argumentsMax = 4_000;
/** Of one script: servers refuse a million words. */
const scriptWordsMax = 200_000;

export interface ScriptCommand {
  readonly name: string;
  readonly key: string;
  readonly words: Argument[];
  /** The first of its records, counted from the first of the step. */
  readonly at: number;
  recordCount: number;
}

interface Group {
  readonly place: number;
  readonly commands: ScriptCommand[];
  next: number;
}

export interface ScriptStep {
  readonly meant: readonly RecordCommands[];
  readonly moves: readonly Move[];
  readonly groups: readonly Group[];
  /** In the order of the groups: a refused one is told by its number. */
  readonly commands: readonly ScriptCommand[];
}

export type ScriptAnswer = readonly [kind: 'done' | 'moved' | 'refused', number: number, what: string];

/** How many of the records go into one script. */
export function scriptRecordCount(meant: readonly RecordCommands[]): number {
  let words = 0;
  let at = 0;
  for (; at < meant.length && words < scriptWordsMax; at++)
    for (const command of meant[at]!.commands) words += command.length + 2;
  return at;
}

export function scriptStep(meant: readonly RecordCommands[], moves: readonly Move[]): ScriptStep {
  const groups: Group[] = [];
  const commands: ScriptCommand[] = [];
  for (const [at, { record, commands: given }] of meant.entries()) {
    const group = groupFor(groups, moves, originOf(record));
    group.next = record.offset + 1;
    for (const command of given.flatMap(partedFields)) {
      const last = group.commands.at(-1);
      if (last !== undefined && takesMore(last, command)) {
        last.words.push(...command.slice(2));
        last.recordCount++;
        continue;
      }
      const [name, key, ...words] = command;
      const added = { name, key: key as string, words, at, recordCount: 1 };
      group.commands.push(added);
      commands.push(added);
    }
  }
  return { meant, moves, groups, commands };
}

function groupFor(groups: Group[], moves: readonly Move[], origin: { topic: string; partition: number }): Group {
  const last = groups.at(-1);
  if (last !== undefined && isSamePartition(moves[last.place]!, origin)) return last;
  const group = { place: moves.findIndex(move => isSamePartition(move, origin)), commands: [], next: 0 };
  groups.push(group);
  return group;
}

/** Neighbours that one command can do together are one. */
function takesMore(last: ScriptCommand, [name, key]: Command): boolean {
  return growing.has(name) && last.name === name && last.key === key && last.words.length < argumentsMax;
}

/** A hash of very many fields is written by several commands. */
function partedFields(command: Command): readonly Command[] {
  if (command.length <= argumentsMax || command[0] !== 'HSET') return [command];
  const [name, key, ...fields] = command;
  const parts: Command[] = [];
  for (let at = 0; at < fields.length; at += argumentsMax)
    parts.push([name, key!, ...fields.slice(at, at + argumentsMax)]);
  return parts;
}

/** The bytes are the writer's. */
export function writtenScript(writer: RespWriter, { meant, moves, groups, commands }: ScriptStep): Buffer {
  writer.clear();
  writer.begin('EVAL');
  writer.add(script);
  writer.add(moves.length + commands.length);
  for (const { key } of moves) writer.add(key);
  for (const { key } of commands) writer.add(key);
  writer.add(moves.length);
  for (const { stored, next } of moves) {
    writer.add(stored ?? '');
    writer.add(next);
  }
  for (const group of groups) {
    writer.add(group.place + 1);
    writer.add(group.commands.length);
    writer.add(group.next);
    for (const { name, words, at } of group.commands) {
      writer.add(meant[at]!.record.offset);
      writer.add(words.length);
      writer.add(name);
      for (const word of words) writer.add(word);
    }
  }
  return writer.end();
}

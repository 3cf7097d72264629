// One process holds a data directory, without native locks: each contender listens on a unix socket of its own in the directory and
// hard-links it to `lock-<generation>`, which only one can. The holder is the highest generation, and it is alive if and only if it
// accepts a connection, so the lock is free as soon as its process is dead, however it died, and no reused pid can hold it.
// A dead holder is followed by generation + 1. The file of the highest generation is never deleted: a contender that slept
// since it looked may link a lower one, but then sees the higher and gives up. (A network file system shared by two machines is no
// place for this: a socket there is only heard by its own kernel.)

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  realpathSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { UsageError, WorldFault } from '../base/errors.js';
import type { DirectoryLock } from '../ports/disk.js';
import { diskFault, faulty } from './disk-fault.js';
import { probeHolder, type SocketAnswer } from './lock-probe.js';
import { LockSocket } from './lock-socket.js';

/** What the holder tells those who ask. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  readonly program: string;
}

const holderFile = 'lock-holder.json';
const attemptsMax = 50;
const heldHere = new Set<string>();

/** Rejects with UsageError naming the holder when another process, or this one, holds the directory, or when it may not be written. */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  const directory = requireWritable(path);
  if (heldHere.has(directory)) {
    throw new UsageError(`${path} is already open in this process: close it before it is opened again, or share it`);
  }
  heldHere.add(directory);
  try {
    const socket = await acquire(directory, path);
    return {
      release: async () => {
        await socket.close();
        heldHere.delete(directory);
      },
    };
  } catch (cause) {
    heldHere.delete(directory);
    throw cause;
  }
}

/** Whether a process holds the directory now; one that was killed does not. What may not be asked, as another user's, counts as held. */
export async function isDirectoryHeld(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const [highest] = generations(path);
    if (highest === undefined) return false;
    const { kind } = await probeHolder(path, generationName(highest));
    if (kind !== 'gone') return kind === 'alive';
  }
  return true;
}

function requireWritable(path: string): string {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(path);
  } catch (cause) {
    const advice = `give ${userInfo().username} the right to read and write it, or use another directory`;
    throw new UsageError(`${path} cannot be a data directory (${(cause as Error).message}): ${advice}`, { cause });
  }
}

async function acquire(directory: string, shownPath: string): Promise<LockSocket> {
  const holder = describeThisProcess();
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const highest = generations(directory)[0] ?? 0;
    if (highest > 0) {
      const answer = await probeHolder(directory, generationName(highest));
      if (answer.kind === 'gone') continue;
      if (answer.kind === 'alive') throw refusal(shownPath, directory, answer);
    }
    const socket = await tryGeneration(directory, highest + 1, holder);
    if (socket !== undefined) return socket;
  }
  throw new WorldFault(`${shownPath}: the lock kept changing hands; try again`, { isRetriable: true });
}

/** Becomes the holder as that generation; undefined when another was quicker. */
async function tryGeneration(directory: string, generation: number, holder: Holder): Promise<LockSocket | undefined> {
  const name = `lock-${process.pid}-${randomBytes(6).toString('hex')}.socket`;
  const socket = await LockSocket.listen(directory, name, JSON.stringify(holder));
  const isLinked = tryLink(join(directory, name), join(directory, generationName(generation)));
  remove(directory, name); // the link keeps the socket reachable
  if (!isLinked) {
    await socket.close();
    return undefined;
  }
  const current = generations(directory);
  if (current[0] !== generation) {
    remove(directory, generationName(generation)); // lower than the highest: nobody relies on it
    await socket.close();
    return undefined;
  }
  for (const lower of current.slice(1)) remove(directory, generationName(lower));
  writeFileSync(join(directory, holderFile), `${JSON.stringify(holder)}\n`);
  return socket;
}

/** False when the name is taken, or when a new holder has cleared our socket away. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw diskFault(to, 'link of the lock', cause);
  }
}

function generationName(generation: number): string {
  return `lock-${generation}`;
}

/** Highest first. */
function generations(directory: string): readonly number[] {
  const names = faulty(directory, 'list the directory', () => readdirSync(directory));
  const numbers = names.map(name => Number(/^lock-([1-9]\d*)$/.exec(name)?.[1] ?? 0));
  return numbers.filter(number => number > 0).sort((a, b) => b - a);
}

function remove(directory: string, name: string): void {
  try {
    unlinkSync(join(directory, name));
  } catch {
    // gone already
  }
}

function describeThisProcess(): Holder {
  const program = [process.argv0, ...process.argv.slice(1, 2)].map(word => basename(word)).join(' ');
  return { pid: process.pid, host: hostname(), started: new Date().toISOString(), program };
}

/** A stalled holder does not answer: then the file that it wrote must do. */
function refusal(shownPath: string, directory: string, answer: SocketAnswer): UsageError {
  const holder = parseHolder(answer.text) ?? parseHolder(readHolderFile(directory));
  const who =
    holder === undefined
      ? 'another process (which does not say who it is)'
      : `process ${holder.pid} (${holder.program}, on ${holder.host}, since ${holder.started})`;
  return new UsageError(`${shownPath} is held by ${who}: stop that process, or use another directory`);
}

function readHolderFile(directory: string): string {
  try {
    return readFileSync(join(directory, holderFile), 'utf8');
  } catch {
    return '';
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return typeof holder?.pid === 'number' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

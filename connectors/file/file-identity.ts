// Which file it is that an offset belongs to. A path is not enough (log files are renamed and replaced), an inode is not enough (it is used again once
// a file is gone, and a file may be cut off and written anew): a file is the same when its inode is, and the bytes at its head and
// just before the place where reading was left are what they were. The device is asked only where so few bytes are known that they say little: a container
// or a remount gives the same file system another number.

import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { SourceOffset } from '../../connect/api/index.js';

/** How much is hashed, of the head and before the place. */
const hashedBytesMax = 256;
/** So many equal bytes say more than the number of a device. */
const tellingBytes = 64;

export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
  /** Of the first `headBytes` bytes. */
  readonly fingerprint: string;
  readonly headBytes: number;
}

/** Where to go on in which file: what the file source keeps in the offsets topic. */
export interface FilePlace {
  readonly position: number;
  readonly line: number;
  readonly identity: FileIdentity;
  /** Of the bytes before `position`; undefined where it was not kept, as in a packed file. */
  readonly lastFingerprint: string | undefined;
  /** All of it was read, when it was so long and so old. */
  readonly finished: FileState | undefined;
}

export interface FileState {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** The identity of an open file, from as much of its head as has been read for sure. */
export function fileIdentity(file: FileHandle, readBytes: number): FileIdentity {
  const { dev, ino } = fstatSync(file.fd);
  const head = bytesOf(file, 0, Math.min(hashedBytesMax, readBytes));
  return { device: dev, inode: ino, fingerprint: hashOf(head), headBytes: head.length };
}

/** Whether more of the head may be taken into the identity. */
export function isProvisional(identity: FileIdentity): boolean {
  return identity.headBytes < hashedBytesMax;
}

/** Of the bytes before a place. */
export function lastFingerprint(file: FileHandle, position: number): string {
  const start = Math.max(0, position - hashedBytesMax);
  return hashOf(bytesOf(file, start, position - start));
}

/** Whether the open file is the one in which reading was left at this place, and has not been rewritten since. */
export function isThere(file: FileHandle, place: FilePlace): boolean {
  const { identity } = place;
  const { dev, ino, size } = fstatSync(file.fd);
  if (ino !== identity.inode || size < identity.headBytes) return false;
  if (dev !== identity.device && identity.headBytes < tellingBytes) return false;
  if (place.lastFingerprint !== undefined && size < place.position) return false;
  return hasSameBytes(file, place);
}

/** Whether what was read still says the same: false after it was rewritten from its start, however long it has become. */
export function hasSameBytes(file: FileHandle, { identity, position, lastFingerprint: last }: FilePlace): boolean {
  if (hashOf(bytesOf(file, 0, identity.headBytes)) !== identity.fingerprint) return false;
  return last === undefined || lastFingerprint(file, position) === last;
}

/** From the page cache, as a rule: a call of a thread would cost more than the reading. */
function bytesOf(file: FileHandle, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file.fd, bytes, 0, length, start));
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

export function offsetOfPlace(place: FilePlace): SourceOffset {
  const { position, line, identity, lastFingerprint: last, finished } = place;
  return {
    position,
    line,
    ...identity,
    ...(last !== undefined && { lastFingerprint: last }),
    ...(finished !== undefined && { finishedBytes: finished.sizeBytes, finishedModifiedMs: finished.modifiedMs }),
  };
}

/** Undefined for what is no offset of this source (somebody else's, or written by hand). */
export function placeOfOffset(offset: SourceOffset): FilePlace | undefined {
  const { position, line, device, inode, fingerprint, headBytes, lastFingerprint: last } = offset;
  if (typeof position !== 'number' || typeof device !== 'number' || typeof inode !== 'number') return undefined;
  if (typeof fingerprint !== 'string' || typeof headBytes !== 'number') return undefined;
  const { finishedBytes: sizeBytes, finishedModifiedMs: modifiedMs } = offset;
  return {
    position,
    line: typeof line === 'number' ? line : 1,
    identity: { device, inode, fingerprint, headBytes },
    lastFingerprint: typeof last === 'string' ? last : undefined,
    finished: typeof sizeBytes === 'number' && typeof modifiedMs === 'number' ? { sizeBytes, modifiedMs } : undefined,
  };
}

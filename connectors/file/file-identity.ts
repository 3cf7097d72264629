// Which file it is that an offset belongs to. A path is not enough (log files are renamed and replaced), an inode is not enough (it is used again
// once a file is gone): a file is the same when device, inode and the hash of its first bytes are.

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { SourceOffset } from '../../connect/api/index.js';

/** How much of the head is hashed, once the file is that long. */
const headBytesMax = 256;

export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
  /** Of the first `headBytes` bytes. */
  readonly fingerprint: string;
  readonly headBytes: number;
}

/** The identity of an open file, from as much of its head as has been read for sure. */
export async function fileIdentity(file: FileHandle, readBytes: number): Promise<FileIdentity> {
  const { dev, ino } = await file.stat();
  const head = await headOf(file, Math.min(headBytesMax, readBytes));
  return { device: dev, inode: ino, fingerprint: hashOf(head), headBytes: head.length };
}

/** Whether more of the head may be taken into the identity. */
export function isProvisional(identity: FileIdentity): boolean {
  return identity.headBytes < headBytesMax;
}

/** Whether the head of the open file still is what it was: false after it was rewritten from its start. */
export async function hasSameHead(file: FileHandle, identity: FileIdentity): Promise<boolean> {
  const head = await headOf(file, identity.headBytes);
  return head.length === identity.headBytes && hashOf(head) === identity.fingerprint;
}

async function headOf(file: FileHandle, length: number): Promise<Buffer> {
  const head = Buffer.alloc(length);
  const { bytesRead } = await file.read(head, 0, length, 0);
  return head.subarray(0, bytesRead);
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** Where to go on in which file: what the file source keeps in the offsets topic. */
export interface FilePlace {
  readonly position: number;
  readonly line: number;
  readonly identity: FileIdentity;
}

export function offsetOfPlace({ position, line, identity }: FilePlace): SourceOffset {
  return { position, line, ...identity };
}

/** Undefined for what is no offset of this source (somebody else's, or written by hand). */
export function placeOfOffset(offset: SourceOffset): FilePlace | undefined {
  const { position, line, device, inode, fingerprint, headBytes } = offset;
  if (typeof position !== 'number' || typeof device !== 'number' || typeof inode !== 'number') return undefined;
  if (typeof fingerprint !== 'string' || typeof headBytes !== 'number') return undefined;
  return {
    position,
    line: typeof line === 'number' ? line : 1,
    identity: { device, inode, fingerprint, headBytes },
  };
}

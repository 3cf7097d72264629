import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Disk } from '../ports/disk.js';
import { lockDirectory } from './directory-lock.js';
import { faulty } from './disk-fault.js';
import { NodeFile } from './node-file.js';

/** The operating system's files. */
export const nodeDisk: Disk = {
  isNative: true,

  open(path, mode) {
    const flags = mode === 'create' ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR;
    return new NodeFile(
      path,
      faulty(path, 'open', () => openSync(path, flags, 0o644)),
    );
  },

  exists: path => existsSync(path),
  readFile: path => faulty(path, 'read', () => readFileSync(path)),
  list: path => faulty(path, 'list', () => readdirSync(path).sort()),
  makeDirectory: path => makeDirectory(path),
  rename: (from, to) => faulty(from, 'rename', () => renameSync(from, to)),
  removeFile: path => faulty(path, 'remove', () => unlinkSync(path)),
  removeDirectory: path => faulty(path, 'remove', () => rmdirSync(path)),
  flushDirectory: path => flushDirectory(path),

  replaceFile(path, bytes) {
    const temporary = `${path}.tmp`;
    faulty(temporary, 'write', () => {
      const descriptor = openSync(temporary, 'w', 0o644);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
        fdatasyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(temporary, path);
    });
    flushDirectory(dirname(path));
  },

  lockDirectory: path => lockDirectory(path),
};

/** Makes the directory and its parents, each of them durable in the one above. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  // Not with `recursive`, which never returns where a parent cannot be written (seen under /proc with Node 20).
  faulty(path, 'make the directory', () => {
    try {
      mkdirSync(path);
    } catch (cause) {
      if (!existsSync(path)) throw cause; // else another process was faster
    }
  });
  flushDirectory(join(path, '..'));
}

function flushDirectory(path: string): void {
  faulty(path, 'fsync of the directory', () => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

import { closeSync, constants, openSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { diskFault } from './disk-fault.js';

/** Node cuts longer socket paths off without a word (the system allows 107 bytes). */
const pathBytesMax = 100;

/** A socket path in `directory` that is short enough, by way of an open descriptor of the directory where need be. */
export class SocketPath {
  readonly path: string;
  private descriptor: number | undefined;

  constructor(directory: string, name: string) {
    const path = join(directory, name);
    if (Buffer.byteLength(path) <= pathBytesMax) {
      this.path = path;
      return;
    }
    this.descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    this.path = `/proc/self/fd/${this.descriptor}/${name}`;
  }

  release(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** Listens in a directory and tells everyone who connects the same text. Does not keep the process alive. */
export class LockSocket {
  private readonly server: Server;
  private readonly path: SocketPath;

  private constructor(server: Server, path: SocketPath) {
    this.server = server;
    this.path = path;
  }

  static listen(directory: string, name: string, greeting: string): Promise<LockSocket> {
    const path = new SocketPath(directory, name);
    const server = createServer(socket => {
      socket.unref();
      socket.on('error', () => undefined); // whoever asked has gone
      socket.write(greeting);
      // Who has been told need not hang up first: the lock would not be released before.
      socket.destroySoon();
    });
    server.unref();
    return new Promise((resolve, reject) => {
      server.once('error', cause => {
        path.release();
        reject(diskFault(join(directory, name), 'listen', cause));
      });
      server.listen(path.path, () => resolve(new LockSocket(server, path)));
    });
  }

  /** From now on connections are refused. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.server.close(() => {
        this.path.release();
        resolve();
      });
    });
  }
}

// Stands between a connector and a server, and goes away, or falls silent, when it is told to.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listenSomewhere } from '../../core/network/listening.js';

export class RedisProxy {
  readonly url: string;
  /** What goes through is held back so long each way. */
  delayMs = 0;
  connectionCount = 0;
  #before: { readonly text: string; readonly then: () => Promise<void> } | undefined;
  readonly #server: Server;
  #targetPort: number;
  readonly #sockets = new Set<Socket>();
  #mode: 'passes' | 'refuses' | 'stalls' = 'passes';

  private constructor(server: Server, port: number, targetPort: number) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', socket => this.#serve(socket));
  }

  static async start(target: string): Promise<RedisProxy> {
    const server = createServer({ noDelay: true });
    return new RedisProxy(server, await listenSomewhere(server), Number(new URL(target).port));
  }

  /** The address is another server's from now on, as when a name is moved; connections that are there stay where they are. */
  moveTo(port: number): void {
    this.#targetPort = port;
  }

  /** What a client sends goes as far as in front of `text`; the rest goes on behind `then`. Once. */
  holdBefore(text: string, then: () => Promise<void>): void {
    this.#before = { text, then };
  }

  refuse(): void {
    this.#mode = 'refuses';
    for (const socket of this.#sockets) socket.destroy();
  }

  stall(): void {
    this.#mode = 'stalls';
    for (const socket of this.#sockets) socket.pause();
  }

  pass(): void {
    this.#mode = 'passes';
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(client: Socket): void {
    this.connectionCount++;
    if (this.#mode === 'refuses') {
      client.destroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', chunk => {
        if (from === client && this.#holds(chunk, to)) return;
        if (this.delayMs === 0) to.write(chunk);
        else setTimeout(() => to.write(chunk), this.delayMs);
      });
    }
    if (this.#mode === 'stalls') for (const socket of [client, server]) socket.pause();
  }

  #holds(chunk: Buffer, to: Socket): boolean {
    const before = this.#before;
    const at = before === undefined ? -1 : chunk.indexOf(before.text);
    if (at < 0) return false;
    this.#before = undefined;
    to.write(chunk.subarray(0, at));
    void before!.then().then(() => to.write(chunk.subarray(at)));
    return true;
  }
}

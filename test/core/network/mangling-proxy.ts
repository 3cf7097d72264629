// Stands between a client and a broker. Requests pass as they are; each answer passes through `mangle`, which says what the client gets of it.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameSplitter, withLength } from './frames.js';
import { listenSomewhere } from './listening.js';

export interface Answer {
  /** How many answers went over this connection before. The first is that to ApiVersions. */
  readonly index: number;
  /** Without its length. */
  readonly frame: Buffer;
}

export interface Delivery {
  /** Sent one by one. */
  readonly pieces: readonly Uint8Array[];
  readonly delayMs?: number;
  /** Ends the connection afterwards: in order, or broken off. */
  readonly ending?: 'end' | 'reset';
}

export type Mangle = (answer: Answer) => Delivery;

export const unchanged: Mangle = ({ frame }) => ({ pieces: [withLength(frame)] });

export class ManglingProxy {
  readonly port: number;
  /** For connections that are made from now on. */
  mangle: Mangle = unchanged;
  /** Where the broker is. */
  targetPort: number;
  connectionCount = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server;
    this.port = port;
    this.targetPort = targetPort;
    server.on('connection', socket => this.#serve(socket));
  }

  static async start(targetPort = 0): Promise<ManglingProxy> {
    const server = createServer({ noDelay: true });
    return new ManglingProxy(server, await listenSomewhere(server), targetPort);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Cuts every connection that there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #serve(client: Socket): void {
    this.connectionCount++;
    const { mangle } = this; // as it is now, whatever comes later
    const broker = connect({ host: '127.0.0.1', port: this.targetPort, noDelay: true });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', chunk => broker.write(chunk));
    const frames = new FrameSplitter();
    let index = 0;
    let before: Promise<void> = Promise.resolve();
    broker.on('data', chunk => {
      for (const frame of frames.push(chunk)) {
        const delivery = mangle({ index: index++, frame });
        before = before.then(() => deliver(client, delivery));
      }
    });
  }
}

async function deliver(client: Socket, { pieces, delayMs = 0, ending }: Delivery): Promise<void> {
  if (delayMs > 0) await sleep(delayMs);
  if (client.destroyed) return;
  for (const piece of pieces) client.write(piece);
  if (ending === 'end') client.end();
  else if (ending === 'reset') client.resetAndDestroy();
}

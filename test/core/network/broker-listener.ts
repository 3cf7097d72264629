// A broker of ours behind a socket on the loopback address, for tests of what lies between client and broker: no Java needed.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Broker } from '../../../core/broker/broker.js';
import { answerFrame } from '../../../core/broker/frame-service.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { FrameSplitter, withLength } from './frames.js';
import { listenSomewhere } from './listening.js';

export class BrokerListener {
  readonly port: number;
  /** Requests that came, by API key. */
  readonly requestCounts = new Map<number, number>();
  connectionCount = 0;
  readonly #server: Server;
  readonly #broker: Broker;
  readonly #sockets: Set<Socket>;
  #isSilent = false;

  private constructor(server: Server, port: number, broker: Broker, sockets: Set<Socket>) {
    this.#server = server;
    this.port = port;
    this.#broker = broker;
    this.#sockets = sockets;
    server.on('connection', socket => this.#serve(socket));
  }

  /** `advertisedPort`: where clients are sent to, when that is not here. */
  static async start(options: { readonly advertisedPort?: number } = {}): Promise<BrokerListener> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true });
    const port = await listenSomewhere(server);
    const broker = await Broker.open(nodePorts({ disk: new MemoryDisk() }), {
      directory: '/memory',
      config: { host: '127.0.0.1', port: options.advertisedPort ?? port, report: () => undefined },
    });
    return new BrokerListener(server, port, broker, sockets);
  }

  get url(): string {
    return `kafka://127.0.0.1:${this.port}`;
  }

  /** Cuts every connection that there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nobody can connect any more, and whoever was connected is cut. What the broker holds stays. */
  async goAway(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  async comeBack(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Whoever is connected, and connects from here on, gets no answer. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway();
    await this.#broker.close();
  }

  #serve(socket: Socket): void {
    this.connectionCount++;
    this.#sockets.add(socket);
    const closing = new AbortController();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      closing.abort();
    });
    const frames = new FrameSplitter();
    let before: Promise<void> = Promise.resolve();
    socket.on('data', chunk => {
      for (const frame of frames.push(chunk)) {
        before = before.then(() => this.#answer(socket, frame, closing.signal)).catch(() => void socket.destroy());
      }
    });
  }

  async #answer(socket: Socket, frame: Buffer, closed: AbortSignal): Promise<void> {
    const key = frame.readInt16BE(0);
    this.requestCounts.set(key, (this.requestCounts.get(key) ?? 0) + 1);
    const answer = await answerFrame(this.#broker, frame, { caller: { host: '127.0.0.1', closed } });
    if (answer !== undefined && !socket.destroyed && !this.#isSilent) socket.write(withLength(answer));
  }
}

import { connect, createServer, type Server, type Socket } from 'node:net';

/** Between connectors and database: can cut every connection, take none, and pass bytes on late. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  mode: 'open' | 'refuse' | 'stall' = 'open';
  delayMs = 0;
  connectionCount = 0;

  constructor(target: URL) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, client => {
      if (this.mode === 'refuse') return void client.destroy();
      this.connectionCount++;
      const upstream = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', chunk => this.#pass(chunk, to));
        from.on('error', () => undefined);
        // Not even a goodbye comes through a network that is cut.
        from.on('end', () => void (this.mode === 'stall' || to.end()));
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  /** Of the database, through this. */
  async url(): Promise<string> {
    if (!this.#server.listening) await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as { port: number }).port);
    return url.href;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #pass(chunk: Buffer, to: Socket): void {
    if (this.mode === 'stall') return; // swallowed: the other side waits for ever
    if (this.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.destroyed || to.write(chunk), this.delayMs);
  }
}

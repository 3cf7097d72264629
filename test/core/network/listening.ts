import { once } from 'node:events';
import type { Server } from 'node:net';

const portMin = 20_000;
/** Above begin the ports that the system gives to outgoing connections. */
const portEnd = 32_000;

/** Lets a server listen on a free port of the loopback address. Returns the port. */
export async function listenSomewhere(server: Server): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portEnd - portMin));
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;

/** The first of `count` ports in a row that nobody listens on, below those that the system hands out. */
export async function freePorts(count: number, from = startOf(process.pid)): Promise<number> {
  for (let port = from; port + count <= highest + 1; port += count) {
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(port + index)));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`no ${count} free ports in a row from ${from} to ${highest}`);
}

/** Apart from each other for processes that start at the same time. */
function startOf(pid: number): number {
  return lowest + ((pid * 20) % 8_000);
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

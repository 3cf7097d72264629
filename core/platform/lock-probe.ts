import { connect } from 'node:net';
import { SocketPath } from './lock-socket.js';

/** `alive`: somebody listens (`text` is what it said, empty when it is stalled). `dead`: nobody does. `gone`: the file is. */
export interface SocketAnswer {
  readonly kind: 'alive' | 'dead' | 'gone';
  readonly text: string;
}

const answerTimeoutMs = 1_000;

/** Asks the socket who is behind it. A stopped process does not answer, but its kernel still takes the connection. */
export function probeHolder(directory: string, name: string): Promise<SocketAnswer> {
  const path = new SocketPath(directory, name);
  return new Promise(resolve => {
    let text = '';
    const socket = connect(path.path);
    const answer = (kind: SocketAnswer['kind']): void => {
      clearTimeout(timeout);
      socket.destroy();
      path.release();
      resolve({ kind, text });
    };
    const timeout = setTimeout(() => answer('alive'), answerTimeoutMs);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => answer('alive'));
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ECONNREFUSED') answer('dead');
      else answer(cause.code === 'ENOENT' ? 'gone' : 'alive');
    });
  });
}

// TCP and TLS sockets of Node. Bytes are read straight into the receiver's buffer (`onread`): no buffer is made for each read, and a
// large answer is read in as few calls as the system allows.

import { connect as connectTcp, isIP, type OnReadOpts, type Socket as TcpSocket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Network, NetworkTarget, Socket, SocketReceiver, TlsSettings } from '../ports/network.js';
import { networkFault } from './network-fault.js';

/** Node's sockets. */
export const nodeNetwork: Network = {
  connect(target, receiver) {
    return new Promise((resolve, reject) => {
      const { signal } = target;
      if (signal?.aborted) return reject(signal.reason);
      let socket: TcpSocket;
      try {
        socket = dial(target, receiver);
      } catch (error) {
        return reject(networkFault(target, error)); // a key or certificate that cannot be read
      }
      const connected = target.tls === undefined ? 'connect' : 'secureConnect';
      const release = (): void => {
        signal?.removeEventListener('abort', onAbort);
        socket.off('error', onError).off('close', onClose).off(connected, onConnected);
      };
      const fail = (error: unknown): void => {
        release();
        socket.on('error', () => undefined); // what comes after the first is of no interest
        socket.destroy();
        reject(error);
      };
      const onAbort = (): void => fail(signal!.reason);
      const onError = (error: Error): void => fail(networkFault(target, error));
      const onClose = (): void => fail(networkFault(target, new Error('the other side closed the connection')));
      const onConnected = (): void => {
        release();
        resolve(new NodeSocket(socket, target, receiver));
      };
      signal?.addEventListener('abort', onAbort);
      socket.on('error', onError).on('close', onClose).on(connected, onConnected);
    });
  },
};

function dial(target: NetworkTarget, receiver: SocketReceiver): TcpSocket {
  const { host, port, tls } = target;
  const onread = {
    buffer: () => receiver.space(),
    callback: (sizeBytes: number) => {
      receiver.received(sizeBytes);
      return true;
    },
  };
  // The types of Node know one buffer only; what it asks for is a buffer or a function that gives the next one.
  const options = { host, port, noDelay: true, keepAlive: true, onread: onread as unknown as OnReadOpts };
  return tls === undefined ? connectTcp(options) : connectTls({ ...options, ...tlsOptions(host, tls) });
}

function tlsOptions(host: string, tls: TlsSettings): ConnectionOptions {
  const { ca, certificate: cert, key, passphrase, serverName } = tls;
  // SNI holds names, never addresses; Node then compares the certificate with the host.
  const servername = serverName ?? (isIP(host) === 0 ? host : '');
  return {
    servername,
    rejectUnauthorized: tls.verifyCertificate ?? true,
    ...(tls.verifyHostName === false && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

class NodeSocket implements Socket {
  readonly #socket: TcpSocket;

  constructor(socket: TcpSocket, target: NetworkTarget, receiver: SocketReceiver) {
    this.#socket = socket;
    let fault: Error | undefined;
    socket.on('error', error => {
      fault = networkFault(target, error);
    });
    socket.on('close', () => receiver.closed(fault));
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (!socket.writable) return; // `closed` tells
    if (pieces.length === 1) {
      socket.write(pieces[0]!);
      return;
    }
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }
}

import type { Api, RequestOf, ResponseOf } from './api.js';

/**
 * A way to one broker: a direct call, the same through bytes, or a socket. Answers come in order and one request at a time is
 * worked on, so a long poll needs a connection of its own.
 */
export interface Connection {
  /**
   * Rejects with ProtocolError or WorldFault when there is no answer; errors inside an answer are its errorCode fields.
   * `signal` gives up waiting, it does not undo. Buffers in the request belong to the receiver from now on.
   */
  send<A extends Api>(api: A, request: RequestOf<A>, options?: { signal?: AbortSignal }): Promise<ResponseOf<A>>;
  close(): Promise<void>;
}

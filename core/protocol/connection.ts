import type { Api, RequestOf, ResponseOf } from './api.js';

export interface SendOptions {
  signal?: AbortSignal | undefined;
  /**
   * No newer version of the API, though both sides speak one: AddPartitionsToTxn of clients ends at 3, and without
   * transaction.version 2 the APIs of transactions end where KIP-890 begins (Produce 11, EndTxn 4, TxnOffsetCommit 4).
   */
  versionMax?: number | undefined;
}

/**
 * A way to one broker: a direct call, the same through bytes, or a socket. Answers come in order and one request at a time is
 * worked on, so a long poll needs a connection of its own.
 */
export interface Connection {
  /**
   * Rejects with ProtocolError or WorldFault when there is no answer; errors inside an answer are its errorCode fields.
   * `signal` gives up waiting, it does not undo. Buffers in the request belong to the receiver from now on.
   */
  send<A extends Api>(api: A, request: RequestOf<A>, options?: SendOptions): Promise<ResponseOf<A>>;
  /** Where the broker is, as `host:port`; absent in this process. */
  readonly peer?: string;
  /** It has ended by itself: the other side was idle for too long, or is gone. Absent where that cannot be. */
  readonly isClosed?: boolean;
  close(): Promise<void>;
}

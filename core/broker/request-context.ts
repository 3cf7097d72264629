/** What a handler knows of who asks. */
export interface RequestContext {
  readonly caller: Caller;
  /** The version in which the request was sent; the newest when it was not encoded. */
  readonly apiVersion: number;
  readonly clientId: string;
  /** Aborts when the caller no longer waits for this one request. */
  readonly signal?: AbortSignal | undefined;
}

/** The other end of a connection. */
export interface Caller {
  /** As shown in group descriptions; `embeddedHost` for callers in the broker's own process. */
  readonly host: string;
  /** Aborts when the connection closes: nobody will read an answer then. */
  readonly closed: AbortSignal;
}

/** The host of callers in the process that holds the log: when that process is gone, so are they. */
export const embeddedHost = '/embedded';

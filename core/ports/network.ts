// Streams of bytes to other hosts. What arrives goes straight to where it belongs: the receiver names the buffer that the next bytes are read
// into, so that a large answer is read into one buffer, and never copied together.

/** What a connection is encrypted with. Certificates and keys are PEM texts. */
export interface TlsSettings {
  /** Whom to trust, instead of what the platform trusts. */
  readonly ca?: string;
  /** Who we are, where the other side asks. */
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The name that the other side's certificate must hold, and that is sent as SNI; the host by default. */
  readonly serverName?: string;
  /** false: any certificate will do. */
  readonly verifyCertificate?: boolean;
  /** false: a trusted certificate will do, whatever host it names. */
  readonly verifyHostName?: boolean;
}

export interface NetworkTarget {
  readonly host: string;
  readonly port: number;
  /** Encrypted where given. */
  readonly tls?: TlsSettings | undefined;
  /** Gives up connecting; has no say afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the bytes of one socket go. None of these may throw. */
export interface SocketReceiver {
  /** Where the next bytes are to be read into: at least one byte long. */
  space(): Uint8Array;
  /** So many bytes were read to the beginning of what `space` returned last. */
  received(sizeBytes: number): void;
  /** Once, at the end: without a fault when either side closed it in order. */
  closed(fault?: Error): void;
}

export interface Socket {
  /** Sends the pieces one after the other, in one system call where that can be. They must not change until they have left. */
  write(pieces: readonly Uint8Array[]): void;
  /** Written, and not yet taken by the operating system. */
  readonly unsentBytes: number;
  /** At once; what was not sent is lost. `closed` is still called. */
  close(): void;
}

export interface Network {
  /**
   * Connects; resolves when the other side has answered, and with `tls` when both have agreed on a cipher and the certificate is good.
   * Rejects with WorldFault naming host and port (retriable, but for a name or certificate that will not become better), or with the
   * reason of `signal`.
   */
  connect(target: NetworkTarget, receiver: SocketReceiver): Promise<Socket>;
}

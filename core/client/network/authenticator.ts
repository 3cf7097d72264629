/** The client's side of one SASL exchange. Used once; what it throws ends the connection. */
export interface Authenticator {
  /** As the broker knows it: `PLAIN`, `SCRAM-SHA-256`. */
  readonly mechanism: string;
  /** The first message. */
  begin(): Promise<Uint8Array>;
  /** Answers a message of the broker; undefined when there is nothing more to say. */
  answer(challenge: Uint8Array): Promise<Uint8Array | undefined>;
}

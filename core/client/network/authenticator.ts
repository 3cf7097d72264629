/** The client's side of one SASL exchange, used once. What it throws says why the broker cannot be believed; the connection ends. */
export interface Authenticator {
  /** The first message. */
  begin(): Promise<Uint8Array>;
  /** Answers a message of the broker; undefined when all has been said. */
  answer(challenge: Uint8Array): Promise<Uint8Array | undefined>;
}

export type DigestName = 'sha256' | 'sha512';

/** Cryptographic digests, as SASL needs them. */
export interface Digests {
  hash(name: DigestName, bytes: Uint8Array): Uint8Array;
  hmac(name: DigestName, key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** PBKDF2 with HMAC; as many bytes as the digest has. Does not hold up the event loop. */
  derive(name: DigestName, password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array>;
  /** In a time that does not tell where they differ. */
  isEqual(one: Uint8Array, other: Uint8Array): boolean;
}

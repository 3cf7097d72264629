import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import type { Digests } from '../ports/digests.js';

const digestBytes = { sha256: 32, sha512: 64 } as const;

/** node:crypto. */
export const nodeDigests: Digests = {
  hash: (name, bytes) => createHash(name).update(bytes).digest(),
  hmac: (name, key, bytes) => createHmac(name, key).update(bytes).digest(),
  derive: (name, password, salt, iterations) =>
    new Promise((resolve, reject) => {
      pbkdf2(password, salt, iterations, digestBytes[name], name, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    }),
  isEqual: (one, other) => one.length === other.length && timingSafeEqual(one, other),
};

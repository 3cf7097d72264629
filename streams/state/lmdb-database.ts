import type { Database } from 'lmdb';

/** One named database of an lmdb environment, bytes to bytes. */
export type LmdbDatabase = Database<Buffer, Uint8Array>;

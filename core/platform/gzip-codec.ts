import { gunzipSync, gzipSync } from 'node:zlib';
import { BeyondBound, type Codec } from './codec.js';

export const gzipCodec: Codec = {
  compress: bytes => gzipSync(bytes),
  decompress(bytes, sizeBytesMax) {
    try {
      return gunzipSync(bytes, { maxOutputLength: Math.max(1, sizeBytesMax) });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause;
      throw new BeyondBound('gzip', { cause });
    }
  },
};

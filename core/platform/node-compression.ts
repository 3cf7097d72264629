import { gunzipSync, gzipSync } from 'node:zlib';
import { ProtocolError, WorldFault } from '../base/errors.js';
import type { CodecName, Compression } from '../ports/compression.js';

/** gzip by zlib; the other codecs are refused by name. */
export const nodeCompression: Compression = {
  compress(codec: CodecName, bytes: Uint8Array): Uint8Array {
    if (codec === 'none') return bytes;
    if (codec !== 'gzip') throw unsupported(codec);
    return gzipSync(bytes);
  },

  decompress(codec: CodecName, bytes: Uint8Array, sizeBytesMax: number): Uint8Array {
    if (codec === 'none') return bytes;
    if (codec !== 'gzip') throw unsupported(codec);
    try {
      return gunzipSync(bytes, { maxOutputLength: sizeBytesMax });
    } catch (cause) {
      const isTooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      const what = isTooLarge ? `would unpack to more than ${sizeBytesMax} bytes` : 'is no gzip stream';
      throw new WorldFault(`${bytes.length} bytes of compressed records: it ${what}`, { cause, isRetriable: false });
    }
  },
};

function unsupported(codec: CodecName): ProtocolError {
  return new ProtocolError('UNSUPPORTED_COMPRESSION_TYPE', `${codec} is not supported; use none or gzip`);
}

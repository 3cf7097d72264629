import { ProtocolError, WorldFault } from '../base/errors.js';
import type { CodecName, Compression } from '../ports/compression.js';
import { BeyondBound, type Codec } from './codec.js';
import { gzipCodec } from './gzip-codec.js';
import { lz4Codec } from './lz4-codec.js';
import { snappyCodec } from './snappy-codec.js';
import { zstdCodec } from './zstd-codec.js';

const plainCodec: Codec = { compress: bytes => bytes, decompress: bytes => bytes };

const codecs: Readonly<Record<CodecName, Codec>> = {
  none: plainCodec,
  gzip: gzipCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
  zstd: zstdCodec,
};

/** All five codecs of Kafka. The packages of snappy, lz4 and zstd are loaded when they are first used. */
export const nodeCompression: Compression = {
  compress: (codec, bytes) => codecs[codec].compress(bytes),

  decompress(codec, bytes, sizeBytesMax) {
    try {
      return codecs[codec].decompress(bytes, sizeBytesMax);
    } catch (cause) {
      if (cause instanceof ProtocolError) throw cause;
      const what =
        cause instanceof BeyondBound ? `would unpack to more than ${sizeBytesMax} bytes` : `is no ${codec} stream`;
      throw new WorldFault(`${bytes.length} bytes of compressed records: it ${what}`, { cause, isRetriable: false });
    }
  },
};

import { ConfigError } from '../api/errors.js';

export interface TextEncoding {
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

const encodings: Readonly<Record<string, TextEncoding | undefined>> = {
  'UTF-8': undefined,
  UTF8: undefined,
  'UTF-16': {
    encode: text =>
      text === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0xfe, 0xff]), swapped(Buffer.from(text, 'utf16le'))]),
    decode(bytes) {
      const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
      const hasMark = isLittle || (bytes[0] === 0xfe && bytes[1] === 0xff);
      return decodedUtf16(bytes.subarray(hasMark ? 2 : 0), isLittle);
    },
  },
  'UTF-16BE': {
    encode: text => swapped(Buffer.from(text, 'utf16le')),
    decode: bytes => decodedUtf16(bytes, false),
  },
  'UTF-16LE': { encode: text => Buffer.from(text, 'utf16le'), decode: bytes => decodedUtf16(bytes, true) },
  'ISO-8859-1': singleByte(0xff),
  LATIN1: singleByte(0xff),
  'US-ASCII': singleByte(0x7f),
  ASCII: singleByte(0x7f),
};

/** Undefined for UTF-8. Throws ConfigError for one that is not known. */
export function textEncoding(name: string): TextEncoding | undefined {
  const known = name.trim().toUpperCase();
  if (Object.hasOwn(encodings, known)) return encodings[known];
  throw new ConfigError(`converter.encoding: there is no encoding "${name}"`, {
    given: known,
    known: Object.keys(encodings),
  });
}

/** What does not fit into a byte is written as `?`, and read as U+FFFD. */
function singleByte(max: number): TextEncoding {
  return {
    encode: text => Buffer.from(Array.from(text, char => (char.codePointAt(0)! <= max ? char.codePointAt(0)! : 0x3f))),
    decode: bytes => Array.from(bytes, byte => (byte <= max ? String.fromCharCode(byte) : '\ufffd')).join(''),
  };
}

/** An odd byte at the end becomes U+FFFD. */
function decodedUtf16(bytes: Uint8Array, isLittle: boolean): string {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1));
  const text = (isLittle ? even : swapped(even)).toString('utf16le');
  return bytes.length % 2 === 0 ? text : `${text}\ufffd`;
}

function swapped(bytes: Buffer): Buffer {
  return bytes.swap16();
}

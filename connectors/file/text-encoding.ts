// How text is written in a file, as far as reading lines needs it: where lines end in the bytes, and what they say. A line feed is looked for in the
// bytes, so that cutting there is safe however a file is read in pieces: in UTF-8 and in all legacy encodings it is the byte 10, which no longer
// character contains; in UTF-16 and UTF-32 it is a whole unit at an even place.

import { isAscii } from 'node:buffer';
import iconv from 'iconv-lite';
import { ConfigError } from '../../connect/api/index.js';

export interface TextEncoding {
  readonly name: string;
  readonly byteOrderMark: Buffer;
  /** Bytes of a line feed, and of a carriage return. */
  readonly unitBytes: number;
  /** Whether the bytes of plain ASCII text are those of UTF-8, and no others hold such bytes. */
  readonly isUtf8: boolean;
  /** The place of the first line feed from `from` on, or -1. `bytes` begins at a whole unit, as everywhere here. */
  indexOfLineFeed(bytes: Buffer, from: number): number;
  /** The place behind the last line feed, 0 where there is none. */
  afterLastLineFeed(bytes: Buffer): number;
  isCarriageReturn(bytes: Buffer, at: number): boolean;
  /** The lines of whole lines, without their line feeds; behind the last line feed is one more, which may be empty. */
  lines(bytes: Buffer): string[];
}

const lineFeed = 10;
const carriageReturn = 13;
const mark = '\ufeff';

const narrow = {
  unitBytes: 1,
  indexOfLineFeed: (bytes: Buffer, from: number) => bytes.indexOf(lineFeed, from),
  afterLastLineFeed: (bytes: Buffer) => bytes.lastIndexOf(lineFeed) + 1,
  isCarriageReturn: (bytes: Buffer, at: number) => bytes[at] === carriageReturn,
};

export const utf8Encoding: TextEncoding = {
  ...narrow,
  name: 'utf-8',
  byteOrderMark: Buffer.from(mark),
  isUtf8: true,
  lines: bytes => (isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8')).split('\n'),
};

/** The encoding of that name (undefined: UTF-8). Throws ConfigError for one that does not exist, or has no line feeds. */
export function textEncoding(name: string | undefined): TextEncoding {
  if (name === undefined || /^utf-?8$/i.test(name)) return utf8Encoding;
  if (!iconv.encodingExists(name)) {
    throw new ConfigError(`file.encoding: there is no encoding "${name}"`, { given: name, known: familiar });
  }
  if (/^(?:utf-?16|ucs-?2)-?(?:le)?$/i.test(name)) return wide('utf-16le', 2);
  if (/^utf-?16-?be$/i.test(name)) return wide('utf-16be', 2);
  if (/^utf-?32-?(?:le)?$/i.test(name)) return wide('utf-32le', 4);
  if (/^utf-?32-?be$/i.test(name)) return wide('utf-32be', 4);
  if (!iconv.encode('\n', name).equals(Buffer.from('\n')))
    throw new ConfigError(`file.encoding: "${name}" is no encoding of lines of text`, { known: familiar });
  return legacy(name);
}

const familiar = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'latin1',
  'windows-1252',
  'iso-8859-15',
  'shift_jis',
  'gb18030',
  'euc-kr',
  'big5',
  'koi8-r',
];

function legacy(name: string): TextEncoding {
  const isLatin1 = /^(?:latin-?1|iso-?8859-?1)$/i.test(name);
  return {
    ...narrow,
    name,
    byteOrderMark: Buffer.alloc(0),
    isUtf8: false,
    lines: bytes =>
      isLatin1 ? bytes.toString('latin1').split('\n') : piecesOf(bytes).map(piece => iconv.decode(piece, name)),
  };
}

/** One by one: a broken character at the end of a line then does not swallow its line feed. */
function piecesOf(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, at)) {
    pieces.push(bytes.subarray(at, end));
    at = end + 1;
  }
  pieces.push(bytes.subarray(at));
  return pieces;
}

function wide(name: string, unitBytes: number): TextEncoding {
  const feed = iconv.encode('\n', name, { addBOM: false });
  const carriage = iconv.encode('\r', name, { addBOM: false });
  return {
    name,
    byteOrderMark: iconv.encode(mark, name, { addBOM: false }),
    unitBytes,
    isUtf8: false,
    indexOfLineFeed(bytes, from) {
      let at = bytes.indexOf(feed, from);
      while (at >= 0 && at % unitBytes !== 0) at = bytes.indexOf(feed, at + 1);
      return at;
    },
    afterLastLineFeed(bytes) {
      let at = bytes.lastIndexOf(feed);
      while (at > 0 && at % unitBytes !== 0) at = bytes.lastIndexOf(feed, at - 1);
      return at < 0 || at % unitBytes !== 0 ? 0 : at + unitBytes;
    },
    isCarriageReturn: (bytes, at) => bytes.subarray(at, at + unitBytes).equals(carriage),
    lines: bytes => iconv.decode(bytes, name, { stripBOM: false }).split('\n'),
  };
}

/** What a byte order mark at the head of a file says; undefined where there is none but that of UTF-8. */
export function markedEncoding(head: Buffer): string | undefined {
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfeff) return 'utf-32le';
  if (head.length >= 2 && head.readUInt16LE(0) === 0xfeff) return 'utf-16le';
  return head.length >= 2 && head.readUInt16BE(0) === 0xfeff ? 'utf-16be' : undefined;
}

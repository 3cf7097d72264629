// Finds where a JSON value ends, without making anything of it: brackets are counted, texts are passed over. What is inside is for JSON.parse to judge.

const [quote, backslash, comma, openBracket, closeBracket, openBrace, closeBrace] = [34, 92, 44, 91, 93, 123, 125];

export const jsonBytes = { comma, openBracket, closeBracket };

export function isBlank(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

export class JsonScanner {
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  #isScalar = false;

  /** A value begins with this byte. */
  begin(first: number): void {
    this.#depth = first === openBrace || first === openBracket ? 1 : 0;
    this.#isText = first === quote;
    this.#isEscaped = false;
    this.#isScalar = this.#depth === 0 && !this.#isText;
  }

  /** Goes on from `at`. Returns the place behind the value, or -1 when it does not end before `end`. */
  scan(bytes: Buffer, at: number, end: number): number {
    if (this.#isScalar) return this.#scanScalar(bytes, at, end);
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === backslash) this.#isEscaped = true;
        else if (byte === quote) {
          this.#isText = false;
          if (this.#depth === 0) return at + 1;
        }
      } else if (byte === quote) this.#isText = true;
      else if (byte === openBrace || byte === openBracket) this.#depth++;
      else if ((byte === closeBrace || byte === closeBracket) && --this.#depth === 0) return at + 1;
    }
    return -1;
  }

  #scanScalar(bytes: Buffer, at: number, end: number): number {
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (isBlank(byte) || byte === comma || byte === closeBracket || byte === closeBrace) return at;
      if (byte === quote || byte === openBrace || byte === openBracket) return at;
    }
    return -1;
  }

  /** Whether the value may end where the file does. */
  get mayEnd(): boolean {
    return this.#isScalar;
  }
}

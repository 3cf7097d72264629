// Patterns in Java's spelling as JavaScript's: configurations of Kafka Connect are full of them. What JavaScript has no like of (possessive quantifiers,
// `&&` in classes, flags in the middle) is refused as no pattern.

const letters: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '(?=\\n?$)',
  a: '\\x07',
  e: '\\x1b',
  h: '[ \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  H: '[^ \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  v: '[\\n\\x0b\\f\\r\\x85\\u2028\\u2029]',
  V: '[^\\n\\x0b\\f\\r\\x85\\u2028\\u2029]',
  R: '(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])',
};
/** Java's classes of ASCII. */
const asciiClasses: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`\\{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: '\\t-\\r ',
};

export interface JavaPattern {
  /** For `new RegExp(source, flags)`. */
  readonly source: string;
  readonly flags: string;
}

/** Throws SyntaxError for what cannot be said in JavaScript; whether it is a pattern at all, says `new RegExp`. */
export function javaPattern(given: string): JavaPattern {
  const [head = '', flags = ''] = /^\(\?([idmsuxU]+)\)/.exec(given) ?? [];
  const source = new PatternTranslator(given.slice(head.length), flags.includes('x')).translate();
  return { source, flags: `${[...new Set(flags)].filter(flag => 'ims'.includes(flag)).join('')}u` };
}

class PatternTranslator {
  readonly #pattern: string;
  /** Space and what stands behind # mean nothing. */
  readonly #isSpaced: boolean;
  #at = 0;
  #classDepth = 0;

  constructor(pattern: string, isSpaced: boolean) {
    this.#pattern = pattern;
    this.#isSpaced = isSpaced;
  }

  translate(): string {
    let source = '';
    while (this.#at < this.#pattern.length) source += this.#next();
    return source;
  }

  #next(): string {
    const char = this.#pattern[this.#at++]!;
    if (char === '\\') return this.#escape();
    if (this.#isSpaced && /\s/.test(char)) return '';
    if (this.#isSpaced && char === '#') {
      const end = this.#pattern.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#pattern.length : end;
      return '';
    }
    return this.#classDepth > 0 ? this.#inClass(char) : this.#outside(char);
  }

  #outside(char: string): string {
    if (char === '[') {
      this.#classDepth = 1;
      return this.#classStart();
    }
    if (char === '{') {
      const quantifier = /^\d+(,\d*)?\}/.exec(this.#pattern.slice(this.#at));
      if (quantifier === null) return '{';
      this.#at += quantifier[0].length;
      return `{${quantifier[0]}`;
    }
    return char === '}' || char === ']' ? `\\${char}` : char;
  }

  /** A bracket that closes a class stands for itself right behind the one that opens it. */
  #classStart(): string {
    let start = '[';
    if (this.#pattern[this.#at] === '^') start += this.#pattern[this.#at++];
    if (this.#pattern[this.#at] === ']') {
      this.#at++;
      start += '\\]';
    }
    return start;
  }

  #inClass(char: string): string {
    if (char === ']') return --this.#classDepth === 0 ? ']' : '';
    if (char === '&' && this.#pattern[this.#at] === '&')
      throw new SyntaxError('&& in a class has no like in JavaScript');
    if (char !== '[') return /[(){}/|]/.test(char) ? `\\${char}` : char;
    // A class in a class adds to it.
    if (this.#pattern[this.#at] === '^') throw new SyntaxError('a negated class in a class has no like in JavaScript');
    this.#classDepth++;
    return '';
  }

  #escape(): string {
    const char = this.#pattern[this.#at++];
    if (char === undefined) return '\\';
    if (char === 'Q') return this.#quoted();
    if (char === 'p' || char === 'P') return this.#property(char);
    if (char === 'x' && this.#pattern[this.#at] === '{') return '\\u';
    if (char === '0') return this.#octal();
    if (Object.hasOwn(letters, char)) {
      const translated = letters[char]!;
      return this.#classDepth > 0 ? translated.replace(/^\[([^^].*)\]$/, '$1') : translated;
    }
    if (/[\w^$\\.*+?()[\]{}|/]/.test(char) && char !== '_') return `\\${char}`;
    return char === '-' && this.#classDepth > 0 ? '\\-' : char;
  }

  /** What stands up to `\E` means itself. */
  #quoted(): string {
    const end = this.#pattern.indexOf('\\E', this.#at);
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
  }

  #property(letter: 'p' | 'P'): string {
    const [whole = '', name = ''] = /^(?:\{(\w+)\}|(\w))/.exec(this.#pattern.slice(this.#at)) ?? [];
    this.#at += whole.length;
    const property = name === '' ? whole : name;
    const ascii = asciiClasses[property];
    if (ascii === undefined) {
      const known = property.replace(/^Is(?=Latin|Greek|Cyrillic|Han|Hebrew|Arabic)/, 'Script=').replace(/^Is/, '');
      return `\\${letter}{${known}}`;
    }
    if (this.#classDepth === 0) return `[${letter === 'P' ? '^' : ''}${ascii}]`;
    if (letter === 'P') throw new SyntaxError(`\\P{${property}} in a class has no like in JavaScript`);
    return ascii;
  }

  #octal(): string {
    const [digits = '0'] = /^[0-3]?[0-7]{1,2}/.exec(this.#pattern.slice(this.#at)) ?? [];
    this.#at += digits.length;
    return `\\u{${Number.parseInt(digits, 8).toString(16)}}`;
  }
}

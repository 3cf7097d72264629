const delimiters = new Set([':', ',', '{', '}', '[', ']', '"']);

/** A text in tokens: delimiters, unless a backslash stands before them, and what stands between them. */
export class TokenReader {
  readonly text: string;
  #at = 0;
  #next: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get hasNext(): boolean {
    return this.#next !== undefined || this.#at < this.text.length;
  }

  /** Where reading would go on, for `rewind`. */
  mark(): number {
    return this.#at - (this.#next?.length ?? 0);
  }

  rewind(to: number): void {
    this.#at = to;
    this.#next = undefined;
  }

  next(): string {
    const token = this.#next ?? this.#read();
    this.#next = undefined;
    return token;
  }

  /** So many tokens as they stand in the text; undefined, and nothing is read, where there are fewer. */
  nextMany(count: number): string | undefined {
    const start = this.mark();
    for (let taken = 0; taken < count; taken++) {
      if (!this.hasNext) {
        this.rewind(start);
        return undefined;
      }
      this.next();
    }
    return this.text.slice(start, this.#at);
  }

  /** Whether the next token, but for space around it, is this one; then it is read, and blank ones before it too. */
  take(expected: string): boolean {
    if (this.#next === undefined) {
      if (!this.hasNext) return false;
      this.#next = this.#read();
    }
    while (this.#next.trim() === '' && this.#at < this.text.length) this.#next = this.#read();
    if (this.#next.trim() !== expected) return false;
    this.#next = undefined;
    return true;
  }

  #read(): string {
    const start = this.#at;
    let isEscaped = false;
    for (; this.#at < this.text.length; this.#at++) {
      const char = this.text[this.#at]!;
      if (char === '\\') isEscaped = !isEscaped;
      else if (!isEscaped && delimiters.has(char)) {
        if (this.#at === start) this.#at++;
        return this.text.slice(start, this.#at);
      } else isEscaped = false;
    }
    return this.text.slice(start);
  }
}

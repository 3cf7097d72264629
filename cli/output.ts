// Standard output as the commands use it: pieces are gathered and written in chunks, a slow reader slows the command, and a reader that
// has gone away (`| head`) ends it without a word.

const chunkBytes = 64 * 1024;

export class Output {
  readonly #stream: NodeJS.WritableStream;
  readonly #gone = new AbortController();
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(stream: NodeJS.WritableStream = process.stdout) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#gone.abort();
    });
  }

  /** Aborted once nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when more may be written; undefined when that is now. */
  write(...pieces: (string | Uint8Array)[]): Promise<void> | undefined {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      this.#pieces.push(bytes);
      this.#sizeBytes += bytes.length;
    }
    return this.#sizeBytes < chunkBytes ? undefined : this.flush();
  }

  line(text: string): Promise<void> | undefined {
    return this.write(`${text}\n`);
  }

  /** Writes what was gathered; resolves when it has left, or when nobody reads any more. */
  async flush(): Promise<void> {
    if (this.#sizeBytes === 0 || this.gone.aborted) return;
    const chunk = Buffer.concat(this.#pieces, this.#sizeBytes);
    this.#pieces = [];
    this.#sizeBytes = 0;
    await new Promise<void>(resolve => {
      this.#stream.write(chunk, () => resolve());
    });
  }
}

/** Prints lines to standard output, all at once. */
export async function printLines(lines: readonly string[]): Promise<void> {
  const output = new Output();
  for (const line of lines) await output.line(line);
  await output.flush();
}

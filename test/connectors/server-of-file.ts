import test, { type ExecutionContext } from 'ava';

/** A real server that all tests of a file share: started before them, gone after them. */
export class ServerOfFile<Server extends { stop(): Promise<void> }> {
  readonly #name: string;
  #server: Server | undefined;
  #why = '';

  constructor(name: string, start: () => Promise<Server>) {
    this.#name = name;
    test.before(async () => {
      this.#server = await start().catch((error: Error) => {
        this.#why = error.message;
        return undefined;
      });
    });
    test.after.always(() => this.#server?.stop());
  }

  /** Where none can be had the test says so, and passes: undefined. */
  for(t: ExecutionContext): Server | undefined {
    if (this.#server === undefined) {
      t.log(`left out: ${this.#name} (${this.#why})`);
      t.pass();
    }
    return this.#server;
  }

  /** For what runs only in tests that have it. */
  require(): Server {
    if (this.#server === undefined) throw new Error(`there is no ${this.#name}: ${this.#why}`);
    return this.#server;
  }
}

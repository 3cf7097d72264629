import type { ProtocolError } from '../base/errors.js';

/** After a failed append a machine is made anew out of its log. Commands wait until it is; where that fails as well, they are refused. */
export class MachineReload {
  readonly #storageFailed: (cause: unknown) => ProtocolError;
  #running: Promise<void> | undefined;
  #failure: ProtocolError | undefined;

  constructor(storageFailed: (cause: unknown) => ProtocolError) {
    this.#storageFailed = storageFailed;
  }

  /** Never rejects; undefined where none is under way. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Without its log there is no machine to ask: every command is refused with this until the broker is opened again. */
  get failure(): ProtocolError | undefined {
    return this.#failure;
  }

  /** `load` replays the log; it is not asked while one is under way. */
  begin(load: () => Promise<void>): void {
    this.#running ??= load()
      .catch((error: unknown) => {
        this.#failure = this.#storageFailed(error);
      })
      .finally(() => {
        this.#running = undefined;
      });
  }
}

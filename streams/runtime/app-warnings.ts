import { WorldFault } from '../../core/index.js';

/** Where an app tells what does not end it. */
export class AppWarnings {
  readonly #applicationId: string;
  readonly #tell: (warning: Error) => void;

  constructor(applicationId: string, tell: (warning: Error) => void) {
    this.#applicationId = applicationId;
    this.#tell = tell;
  }

  warn(what: string, cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#tell(new WorldFault(`app "${this.#applicationId}" ${what}: ${why}`, { cause, isRetriable: true }));
  }
}

// What the connectors of a run say, in the words of the pipeline: its author knows `late.yaml:3:3: source.file`, and not the name that the
// connector's offsets are kept under.

import type { Logger } from '../api/index.js';
import { BadRecordError } from './batch-flow.js';

export class PlaceWords {
  readonly #places = new Map<string, string>();

  /** `connector`: the name that it runs under. */
  set(connector: string, place: string): void {
    this.#places.set(connector, place);
  }

  /** The same failure with its place in front. It stays the same error: its class says whose fault it is. */
  placed(error: Error, connector: string): Error {
    if (error instanceof BadRecordError) return error;
    const place = this.#places.get(connector) ?? connector;
    const message = this.#told(error.message);
    error.message = message.startsWith(place) ? message : `${place}: ${message}`;
    return error;
  }

  /** That a task has failed is left out: the run fails with it, and says so. */
  logger(logger: Logger): Logger {
    const through = (level: keyof Logger) => (message: string, facts?: object) => {
      if (level === 'error' && /^connector \S+, task \d+ failed: /.test(message)) return;
      logger[level](this.#told(message), facts);
    };
    return { debug: through('debug'), info: through('info'), warn: through('warn'), error: through('error') };
  }

  #told(text: string): string {
    // The longest name first: it may begin with another one.
    const names = [...this.#places.keys()].toSorted((a, b) => b.length - a.length);
    return names.reduce(
      (told, name) =>
        told
          .replaceAll(`connector ${name}, task 0`, this.#places.get(name)!)
          .replaceAll(`connector ${name}`, this.#places.get(name)!),
      text,
    );
  }
}

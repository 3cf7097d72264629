// Loggers by name, as Kafka Connect's admin interface shows and sets them. A logger without a level of its own has that of the nearest one above it
// (`a.b` above `a.b.c`), at last that of `root`.

import type { Logger } from '../../api/context.js';
import type { LoggerLevel } from './worker-answers.js';
import { WorkerError } from './worker-error.js';

const ranks: Readonly<Record<string, number>> = {
  OFF: 0,
  FATAL: 1,
  ERROR: 2,
  WARN: 3,
  INFO: 4,
  DEBUG: 5,
  TRACE: 6,
  ALL: 7,
};
const root = 'root';

export class LoggerLevels {
  readonly #target: Logger;
  readonly #now: () => number;
  readonly #levels = new Map<string, LoggerLevel>([[root, { level: 'INFO', last_modified: null }]]);
  /** All that were ever asked for. */
  readonly #names = new Set<string>([root]);

  constructor(target: Logger, now: () => number) {
    this.#target = target;
    this.#now = now;
  }

  /** Logs to the target what its level lets through, after `shown` has taken out what nobody may see. */
  logger(name: string, shown: (text: string) => string = text => text): Logger {
    this.#names.add(name);
    const log =
      (method: keyof Logger, rank: number) =>
      (message: string, facts?: object): void => {
        if (rank <= this.#rank(name)) this.#target[method](shown(message), shownFacts(facts, shown));
      };
    return { debug: log('debug', 5), info: log('info', 4), warn: log('warn', 3), error: log('error', 2) };
  }

  /** Those that have a level of their own, and those that log. */
  all(): Readonly<Record<string, LoggerLevel>> {
    return Object.fromEntries([...this.#names].sort().map(name => [name, this.get(name)]));
  }

  /** The level that counts for it. Throws WorkerError for one that is neither in use nor has a level of its own. */
  get(name: string): LoggerLevel {
    if (!this.#names.has(name)) throw new WorkerError('not-found', `Logger ${name} not found.`);
    return this.#levels.get(name) ?? { level: this.#effective(name).level, last_modified: null };
  }

  /** Sets it for the logger and those below it; gives the names of those that were changed. Throws WorkerError for a level that is none. */
  set(name: string, given: string): readonly string[] {
    const level = given.trim().toUpperCase();
    if (!Object.hasOwn(ranks, level)) throw new WorkerError('not-found', `invalid log level '${given}'.`);
    const below = [...this.#names].filter(each => name === root || each.startsWith(`${name}.`));
    this.#names.add(name);
    const changed = [...new Set([name, ...below])].filter(each => this.#levels.get(each)?.level !== level).sort();
    for (const each of changed) this.#levels.set(each, { level, last_modified: this.#now() });
    return changed;
  }

  #rank(name: string): number {
    return ranks[this.#effective(name).level]!;
  }

  #effective(name: string): LoggerLevel {
    for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const found = this.#levels.get(at);
      if (found !== undefined) return found;
    }
    return this.#levels.get(root)!;
  }
}

function shownFacts(facts: object | undefined, shown: (text: string) => string): object | undefined {
  if (facts === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(facts).map(([key, fact]) => [key, typeof fact === 'string' ? shown(fact) : fact]),
  );
}

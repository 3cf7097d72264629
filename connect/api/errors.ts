// What a connector throws, by what the runtime shall do about it. Anything else counts as a failure of the task, which is restarted with backoff.

/** The configuration cannot be meant. With `given` and `known` the runtime adds the nearest valid word to the message. Never retried. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly given: string | undefined;
  readonly known: readonly string[];

  constructor(message: string, options: { given?: string; known?: Iterable<string>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.given = options.given;
    this.known = [...(options.known ?? [])];
  }
}

/** The other side is away for now: the same call is made again, after a growing pause. */
export class RetriableError extends Error {
  override readonly name = 'RetriableError';
}

/** One record cannot be understood or written: it goes to the dead letters where errors are tolerated, and fails the task otherwise. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

import type { WorkerOptions } from '../connect/index.js';
import type { Log } from '../core/index.js';

type Logger = NonNullable<WorkerOptions['logger']>;

/** What a worker logs, a line each on standard error: for people, or as JSON. */
export function workerLogger({ ports }: Log, isJson: boolean): Logger {
  const write = (level: string, message: string, facts: object | undefined): void => {
    const time = new Date(ports.clock.now()).toISOString();
    const text = isJson
      ? JSON.stringify({ time, level, message, ...facts })
      : `${time} ${level.toUpperCase().padEnd(5)} ${message}${facts === undefined ? '' : ` ${JSON.stringify(facts)}`}`;
    process.stderr.write(`${text}\n`);
  };
  return {
    debug: (message, facts) => write('debug', message, facts),
    info: (message, facts) => write('info', message, facts),
    warn: (message, facts) => write('warn', message, facts),
    error: (message, facts) => write('error', message, facts),
  };
}

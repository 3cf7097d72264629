import type { Logger } from '../api/context.js';

/** What a connector logs to when it is given nothing else: warnings and errors, on the console. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: message => console.warn(message),
  error: message => console.error(message),
};

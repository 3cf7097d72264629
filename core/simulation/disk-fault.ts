import { WorldFault } from '../base/errors.js';

export function fault(what: string, path: string, why: string): WorldFault {
  return new WorldFault(`cannot ${what} ${path}: ${why}`, { isRetriable: false });
}

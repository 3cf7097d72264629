import { realpathSync } from 'node:fs';
import { isAbsolute, resolve, sep } from 'node:path';
import { ConfigError } from '../../api/errors.js';

/** Which files a provider may read: those below the paths of its `allowed.paths`; without, all. Links are followed before it is asked. */
export class AllowedPaths {
  readonly #roots: readonly string[] | undefined;

  /** Throws ConfigError for a path that is not absolute or not there. */
  constructor(listed: string | undefined) {
    const paths = (listed ?? '').split(',').map(path => path.trim());
    const given = paths.filter(path => path !== '');
    this.#roots = given.length === 0 ? undefined : given.map(realRoot);
  }

  /** The real path. Throws ConfigError. */
  require(path: string): string {
    const real = realOf(path);
    if (this.#roots === undefined) return real;
    if (this.#roots.some(root => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))) return real;
    throw new ConfigError(`${path} is not below the provider's allowed.paths`);
  }
}

function realRoot(path: string): string {
  if (!isAbsolute(path)) throw new ConfigError(`allowed.paths: ${path} is not an absolute path`);
  return realOf(path, 'allowed.paths: ');
}

function realOf(path: string, place = ''): string {
  try {
    return realpathSync(resolve(path));
  } catch {
    throw new ConfigError(`${place}there is no ${path}`);
  }
}

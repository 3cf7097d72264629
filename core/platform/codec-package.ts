import { createRequire } from 'node:module';
import { ProtocolError } from '../base/errors.js';

const require = createRequire(import.meta.url);

/** Loads the package of a codec when it is first used. Throws UNSUPPORTED_COMPRESSION_TYPE, saying what to install. */
export function codecPackage<T>(codec: string, name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= load<T>(codec, name);
    return loaded;
  };
}

function load<T>(codec: string, name: string): T {
  try {
    return require(name) as T;
  } catch (cause) {
    throw missing(codec, name, cause);
  }
}

export function missing(codec: string, name: string, cause: unknown): ProtocolError {
  const advice = `${codec} needs the package ${name}, which is not here or has no build for this machine: npm install ${name}`;
  return new ProtocolError('UNSUPPORTED_COMPRESSION_TYPE', advice, { cause });
}

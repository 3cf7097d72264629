import { createRequire } from 'node:module';

/** Of the package that this command belongs to. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('millrace/package.json') as { version: string }).version;
}

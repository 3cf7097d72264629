import { WorkerError } from '../runtime/worker/worker-error.js';

/** The configuration with the connector's name in it. Throws WorkerError where it names another. */
export function requireSameName<C extends Readonly<Record<string, unknown>>>(
  name: string,
  config: C,
): C & { name: string } {
  const named = config['name'];
  if (named !== undefined && named !== name) {
    throw new WorkerError(
      'invalid',
      `Connector name configuration (${String(named)}) doesn't match connector name in the URL (${name})`,
    );
  }
  return { ...config, name };
}

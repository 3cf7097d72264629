import type { Ports } from '../../../core/index.js';
import { RetriableError } from '../../api/errors.js';
import type { TransformRecord } from '../../api/transform.js';
import { type TransformChain, TransformError, type Transformed } from '../../transforms/transform-chain.js';
import type { RuntimeOptions } from '../runtime-options.js';
import { Backoff } from './backoff.js';

/** The chain, tried again with the same record where a transform says that it will pass, for as long as `errors.retry.timeout` allows. */
export function retryingChain(
  chain: TransformChain,
  { ports, runtime, signal }: { readonly ports: Ports; readonly runtime: RuntimeOptions; readonly signal: AbortSignal },
): TransformChain {
  const timeoutMs = runtime['errors.retry.timeout'];
  if (timeoutMs === 0 || chain.isEmpty) return chain;
  const { clock } = ports;

  async function again(record: TransformRecord, first: unknown): Promise<Transformed> {
    const random = ports.random.fork('connect-transform');
    const backoff = new Backoff({ firstMs: 300, maxMs: runtime['errors.retry.delay.max.ms'], random });
    const begunAt = clock.monotonic();
    for (let failure = first; ; ) {
      const leftMs = timeoutMs < 0 ? Number.POSITIVE_INFINITY : begunAt + timeoutMs - clock.monotonic();
      if (!isPassing(failure) || leftMs <= 0) throw failure;
      await clock.sleep(Math.min(backoff.nextMs(), leftMs), signal);
      try {
        return await chain.apply(record);
      } catch (error) {
        failure = error;
      }
    }
  }

  function apply(record: TransformRecord): Transformed | Promise<Transformed> {
    try {
      const transformed = chain.apply(record);
      return transformed instanceof Promise ? transformed.catch(error => again(record, error)) : transformed;
    } catch (error) {
      if (!isPassing(error)) throw error;
      return again(record, error);
    }
  }
  return { isEmpty: false, apply };
}

function isPassing(error: unknown): boolean {
  return error instanceof TransformError && error.cause instanceof RetriableError;
}

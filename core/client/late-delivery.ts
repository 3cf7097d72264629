import { ProtocolError, WorldFault } from '../base/errors.js';
import { refusal } from './refusal.js';
import type { TopicPartition } from './topic.js';

/** Why a batch was given up after `deliveryTimeoutMs`: what the last attempt met, if there was one. */
export function lateDelivery(
  { topic, partition }: TopicPartition,
  timeoutMs: number,
  last: { readonly error: unknown; readonly code: number },
): Error {
  const what = `writing to ${topic}-${partition}: not acknowledged in ${timeoutMs} ms`;
  const { error: cause } = last;
  if (cause instanceof ProtocolError) {
    return new ProtocolError(cause.kind, `${what}; the last attempt ended with ${cause.message}`, { cause });
  }
  if (cause instanceof WorldFault) {
    return new WorldFault(`${what}; the last attempt ended with: ${cause.message}`, { cause, isRetriable: true });
  }
  return refusal(last.code, what);
}

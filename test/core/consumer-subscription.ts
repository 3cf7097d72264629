import { MessageReader } from '../../core/protocol/message-reader.js';
import { MessageWriter } from '../../core/protocol/message-writer.js';

/**
 * The subscription of a group member (ConsumerProtocolSubscription) with its topics renamed. Brokers read them, for offsets must not be
 * deleted that a member subscribes to; what else members tell each other, brokers pass on. Other protocols' bytes stay as they are.
 */
export function withTopics(subscription: Uint8Array, rename: (topic: string) => string): Uint8Array {
  const reader = new MessageReader(subscription, 'subscription');
  const out = new MessageWriter();
  try {
    out.int16(reader.int16());
    const count = reader.elementCount(false, 2) ?? 0;
    out.int32(count);
    for (let index = 0; index < count; index++) out.string(rename(reader.string(false) ?? ''), false);
  } catch {
    return subscription;
  }
  out.append(subscription.subarray(reader.position));
  return out.finish();
}

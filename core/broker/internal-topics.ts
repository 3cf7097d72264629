/** Topics that the broker alone writes. */
export const internalTopics = {
  clusterMetadata: '__cluster_metadata',
  consumerOffsets: '__consumer_offsets',
  transactionState: '__transaction_state',
} as const;

const names: ReadonlySet<string> = new Set(Object.values(internalTopics));

export function isInternalTopic(name: string): boolean {
  return names.has(name);
}

/** Kafka Connect's words. `isAll`: the connector keeps no offsets elsewhere. */
export function offsetsMessage(isAll: boolean, what: 'altered' | 'reset'): { readonly message: string } {
  return {
    message: isAll
      ? `The offsets for this connector have been ${what} successfully`
      : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this connector manages offsets externally, they will need to be manually ${what} in the system that the connector uses.`,
  };
}

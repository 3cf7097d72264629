// Batches that were finished in this process, and whose CRC was computed from the very bytes that the log is handed. To verify it there once
// more would find nothing that a verification after the append could not miss as well; so the log takes the seal instead, once. A seal hangs
// on the object: bytes that came over a wire, through an encoding, out of a file or as a copy have none, and are always verified.

const sealed = new WeakSet<Uint8Array>();

export function sealBatch(batch: Uint8Array): void {
  sealed.add(batch);
}

/** True when the batch is as its writer finished it. The seal is gone then: who hands the bytes in again has them verified. */
export function takeSeal(batch: Uint8Array): boolean {
  return sealed.delete(batch);
}

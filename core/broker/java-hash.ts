/** String.hashCode of Java, made positive as Kafka does: which partition of an internal topic an id belongs to is part of the format. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  // Kafka takes 0 for the one value that has no absolute value.
  return hash === -0x80000000 ? 0 : Math.abs(hash);
}

/** Where two values differ: a path such as `.at`, '' for the whole, undefined where they do not. An undefined field counts as absent. */
export function valueDifference(given: unknown, read: unknown, path = ''): string | undefined {
  if (Object.is(given, read) || given === read) return undefined;
  if (typeof given !== 'object' || typeof read !== 'object' || given === null || read === null) return path;
  if (ArrayBuffer.isView(given) && ArrayBuffer.isView(read)) return isSameBytes(given, read) ? undefined : path;
  if (Object.getPrototypeOf(given) !== Object.getPrototypeOf(read)) return path;
  const before = given as Readonly<Record<string, unknown>>;
  const after = read as Readonly<Record<string, unknown>>;
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = valueDifference(before[field], after[field], `${path}.${field}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const left = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const right = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** The value, frozen all the way down. */
export function frozen(value: unknown): unknown {
  // A typed array cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

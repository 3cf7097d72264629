/** What a connector did that none may do. The message says what was expected and what was seen. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
}

export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceFailure(message);
}

/** A value as a message shows it: JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));
  return text.length > 400 ? `${text.slice(0, 400)} ... (${text.length} characters)` : text;
}

/** Where a text is no JSON, as `:line:column`; empty where the parser does not say. Its message is not for people: it may quote a secret. */
export function jsonFaultPlace(text: string, error: unknown): string {
  const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
  const isCutOff = /Unexpected end/.test(String(error));
  if (position === undefined && !isCutOff) return '';
  const before = text.slice(0, isCutOff ? undefined : Number(position)).split('\n');
  return `:${before.length}:${before.at(-1)!.length + 1}`;
}

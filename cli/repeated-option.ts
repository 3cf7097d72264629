/** The parser of an option that may be given several times; its default is []. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

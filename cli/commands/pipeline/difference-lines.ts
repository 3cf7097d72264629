/**
 * Two lists beside each other, a value a line: those that are in both in order, those that were expected and did not come with `-`, those that came
 * with `+`.
 */
export function differenceLines(expected: readonly unknown[], came: readonly unknown[]): string[] {
  const before = expected.map(textOf);
  const after = came.map(textOf);
  const lengths = commonLengths(before, after);
  const lines: string[] = [];
  let left = 0;
  let right = 0;
  while (left < before.length || right < after.length) {
    if (left < before.length && before[left] === after[right]) {
      lines.push(`  ${before[left]}`);
      left++;
      right++;
    } else if (
      right >= after.length ||
      (left < before.length && lengths[left + 1]![right]! >= lengths[left]![right + 1]!)
    ) {
      lines.push(`- ${before[left++]}`);
    } else {
      lines.push(`+ ${after[right++]}`);
    }
  }
  return lines.length === 0 ? ['  nothing'] : lines;
}

/** How long the longest common part is of what stands behind each pair of places. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let left = before.length - 1; left >= 0; left--) {
    for (let right = after.length - 1; right >= 0; right--) {
      lengths[left]![right] =
        before[left] === after[right]
          ? lengths[left + 1]![right + 1]! + 1
          : Math.max(lengths[left + 1]![right]!, lengths[left]![right + 1]!);
    }
  }
  return lengths;
}

/** Fields in the order of their names: that order makes no difference. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'bigint') return Number(part);
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? 'nothing'
  );
}

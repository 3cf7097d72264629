/** The word of `known` closest to `given` by edit distance, if it is close enough to be what was meant. */
export function nearestWord(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(given.length / 2)) + 1;
  for (const word of known) {
    const distance = editDistance(given.toLowerCase(), word.toLowerCase());
    if (distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean "x"?)` to end a message with, or the list of valid words when none is near. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const words = [...known];
  const nearest = nearestWord(given, words);
  if (nearest !== undefined) return ` (did you mean "${nearest}"?)`;
  return words.length === 0 ? '' : ` (known: ${words.slice(0, 12).join(', ')}${words.length > 12 ? ', ...' : ''})`;
}

/** Letters that have to be put in, taken out or replaced. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length]!;
}

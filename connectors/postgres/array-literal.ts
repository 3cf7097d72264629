/** An array as the server writes it, taken apart: texts, nulls and arrays. Undefined for one with bounds of its own (`[0:1]={...}`). */
export type ArrayItems = readonly (string | null | ArrayItems)[];

export function parseArrayLiteral(literal: string): ArrayItems | undefined {
  if (!literal.startsWith('{')) return undefined;
  let at = 0;

  function items(): ArrayItems {
    const found: (string | null | ArrayItems)[] = [];
    at++; // {
    while (literal[at] !== '}') {
      if (literal[at] === ',') at++;
      else if (literal[at] === '{') found.push(items());
      else if (literal[at] === '"') found.push(inQuotes());
      else found.push(bare());
    }
    at++; // }
    return found;
  }

  function inQuotes(): string {
    let text = '';
    for (at++; literal[at] !== '"'; at++) {
      if (literal[at] === '\\') at++;
      text += literal[at];
    }
    at++;
    return text;
  }

  function bare(): string | null {
    const start = at;
    while (literal[at] !== ',' && literal[at] !== '}') at++;
    const text = literal.slice(start, at);
    return text === 'NULL' ? null : text;
  }

  return items();
}

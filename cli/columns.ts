/** Lines of a table for people: a heading, left-aligned texts, right-aligned numbers. */
export function columns(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = heading.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, String(row[column]).length), title.length),
  );
  const isNumeric = heading.map((_, column) => rows.length > 0 && rows.every(row => typeof row[column] === 'number'));
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) =>
        isNumeric[column] ? String(cell).padStart(widths[column]!) : String(cell).padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(heading), ...rows.map(line)];
}

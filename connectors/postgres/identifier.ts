/** A table as the server knows it. */
export interface TableName {
  /** Undefined: the first in the search path. */
  readonly schema: string | undefined;
  readonly table: string;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quotedTable({ schema, table }: TableName): string {
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}

export function shownTable({ schema, table }: TableName): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

/** `schema.table` or `table`; parts may be quoted, and keep their case as they are. */
export function parseTableName(text: string): TableName {
  const parts = [...text.matchAll(/"((?:[^"]|"")+)"|([^."]+)/g)].map(([, inQuotes, bare]) =>
    inQuotes === undefined ? bare! : inQuotes.replaceAll('""', '"'),
  );
  return parts.length < 2
    ? { schema: undefined, table: parts[0] ?? text }
    : { schema: parts.slice(0, -1).join('.'), table: parts.at(-1)! };
}

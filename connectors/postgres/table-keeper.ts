// The tables that a task writes to, as they were last seen. A missing table or column is made where the configuration allows it, and is
// otherwise an error that says how.

import { ConfigError, DataError, type Logger } from '../../connect/api/index.js';
import { columnType, widestType } from './column-definition.js';
import type { Database } from './database.js';
import { connectorError } from './database-error.js';
import { parseTableName, quoted, quotedTable, shownTable, type TableName } from './identifier.js';
import type { PostgresSinkConfig } from './postgres-sink-config.js';
import type { RecordFields } from './record-fields.js';
import { readTable, type TableShape } from './table-shape.js';

export class TableKeeper {
  readonly #database: Database;
  readonly #config: PostgresSinkConfig;
  readonly #logger: Logger;
  readonly #tables = new Map<string, TableShape>();

  constructor(database: Database, config: PostgresSinkConfig, logger: Logger) {
    this.#database = database;
    this.#config = config;
    this.#logger = logger;
  }

  /** As it was last seen, if it was. */
  known(text: string): TableShape | undefined {
    return this.#tables.get(text);
  }

  /** As it was last seen; undefined when it is not there (yet). */
  async find(text: string): Promise<TableShape | undefined> {
    const known = this.#tables.get(text);
    if (known !== undefined) return known;
    try {
      const found = await readTable(this.#database, parseTableName(text));
      if (found !== undefined) this.#tables.set(text, found);
      return found;
    } catch (error) {
      throw connectorError(error, `looking at the table ${text}`);
    }
  }

  /** The table with every column that these records write. */
  async fit(text: string, rows: readonly RecordFields[]): Promise<TableShape> {
    const table = (await this.find(text)) ?? (await this.#create(text, rows));
    const missing = missingNames(table, rows);
    if (missing.length === 0) return table;
    // Somebody may have added them since.
    this.forget(text);
    const fresh = await this.find(text);
    const still = fresh === undefined ? missing : missingNames(fresh, rows);
    if (fresh !== undefined && still.length === 0) return fresh;
    return await this.#evolve(text, still, rows);
  }

  forget(text?: string): void {
    if (text === undefined) this.#tables.clear();
    else this.#tables.delete(text);
  }

  async #create(text: string, rows: readonly RecordFields[]): Promise<TableShape> {
    const name = parseTableName(text);
    if (!this.#config['auto.create']) {
      throw new ConfigError(`there is no table ${shownTable(name)}: create it, or set auto.create=true`);
    }
    const names = [...new Set(rows.flatMap(row => row.names))];
    const keyed = rows.find(row => row.keyCount > 0);
    const key = keyed === undefined ? [] : keyed.names.slice(0, keyed.keyCount);
    const columns = names.map(each => {
      const isRequired = key.includes(each) || isNeverNull(each, rows);
      return `${quoted(each)} ${typeFor(each, rows)}${isRequired ? ' NOT NULL' : ''}`;
    });
    if (key.length > 0) columns.push(`PRIMARY KEY (${key.map(quoted).join(', ')})`);
    await this.#define(name, `CREATE TABLE IF NOT EXISTS ${quotedTable(name)} (${columns.join(', ')})`);
    return await this.#reread(text);
  }

  async #evolve(text: string, missing: readonly string[], rows: readonly RecordFields[]): Promise<TableShape> {
    const name = parseTableName(text);
    if (!this.#config['auto.evolve']) {
      const shown = missing.map(each => `"${each}"`).join(', ');
      throw new DataError(
        `the table ${shownTable(name)} has no column ${shown}: add it, set auto.evolve=true, or leave it out with fields.include.list`,
      );
    }
    const added = missing.map(each => `ADD COLUMN IF NOT EXISTS ${quoted(each)} ${typeFor(each, rows)}`);
    await this.#define(name, `ALTER TABLE ${quotedTable(name)} ${added.join(', ')}`);
    this.forget(text);
    return await this.#reread(text);
  }

  async #define(name: TableName, sql: string): Promise<void> {
    try {
      await this.#database.query(sql);
      this.#logger.info(sql);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === '23505' || code === '42P07') return; // another task made it at the same time
      if (code === '3F000') {
        throw new ConfigError(
          `there is no schema for the table ${shownTable(name)}: ${(error as Error).message}. Create it, or name another in table.name.format (what stands before the first dot is the schema)`,
        );
      }
      throw connectorError(error, `changing the table ${shownTable(name)}`);
    }
  }

  async #reread(text: string): Promise<TableShape> {
    const table = await this.find(text);
    if (table === undefined) throw new ConfigError(`the table ${text} is gone again as soon as it was made`);
    return table;
  }
}

function missingNames(table: TableShape, rows: readonly RecordFields[]): readonly string[] {
  const missing = new Set<string>();
  let last: readonly string[] | undefined;
  for (const { names } of rows) {
    if (last !== undefined && isSame(last, names)) continue;
    last = names;
    for (const name of names) if (!table.columns.has(name)) missing.add(name);
  }
  return [...missing];
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function typeFor(name: string, rows: readonly RecordFields[]): string {
  const types: string[] = [];
  for (const { names, values, schemas } of rows) {
    const at = names.indexOf(name);
    if (at < 0) continue;
    const schema = schemas[at];
    if (schema !== undefined) return columnType(values[at], schema);
    if (values[at] !== null && values[at] !== undefined) types.push(columnType(values[at], undefined));
  }
  return types.length === 0 ? 'text' : widestType(types);
}

/** Only a schema can promise that; values seen so far cannot. */
function isNeverNull(name: string, rows: readonly RecordFields[]): boolean {
  for (const { names, schemas } of rows) {
    const schema = schemas[names.indexOf(name)];
    if (schema !== undefined) return schema.optional !== true;
  }
  return false;
}

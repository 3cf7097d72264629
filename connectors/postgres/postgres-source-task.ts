import type { Polled, SourceBatch, SourceContext, SourceRecord, SourceTask } from '../../connect/api/index.js';
import { Database } from './database.js';
import { connectorError } from './database-error.js';
import { OnceGoal } from './once-goal.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import { fromOffset, type ReadPosition, toOffset } from './read-position.js';
import { queryTarget, type ReadTarget, tableTarget } from './read-target.js';
import { RoundReader, type TextRow } from './round-reader.js';
import { listTables } from './source-tables.js';

interface Reading {
  readonly target: ReadTarget;
  readonly rounds: RoundReader;
  position: ReadPosition;
}

/** Reads its tables in turn, a round each; between two turns it waits. */
export class PostgresSourceTask implements SourceTask {
  readonly #config: PostgresSourceConfig;
  readonly #context: SourceContext;
  readonly #database: Database;
  readonly #readings = new Map<string, Reading>();
  readonly #goal: OnceGoal;
  #portions: AsyncGenerator<SourceBatch> | undefined;
  #listedAtMs: number | undefined;
  #hasEnded = false;

  constructor(config: PostgresSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    this.#database = new Database(config, context.logger);
    this.#goal = new OnceGoal(this.#database, context, config['poll.once.wait.max.ms']);
  }

  async open(): Promise<void> {
    if (this.#config['poll.once']) await this.#goal.set();
    await this.#list();
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    for (;;) {
      if (this.#hasEnded) return 'ended';
      try {
        this.#portions ??= this.#turn();
        const { value, done } = await this.#portions.next();
        if (done !== true) return [value];
        this.#portions = undefined;
        await this.#afterTurn(signal);
      } catch (error) {
        this.#portions = undefined;
        if (signal.aborted) throw error;
        throw connectorError(error, 'reading from the database');
      }
    }
  }

  async #afterTurn(signal: AbortSignal): Promise<void> {
    if (this.#config['poll.once']) {
      const bounds = [...this.#readings.values()].map(reading => reading.position.swept);
      this.#hasEnded = await this.#goal.isReached(bounds, signal);
    } else {
      await this.#context.clock.sleep(this.#config['poll.interval.ms'], signal);
      await this.#list();
    }
  }

  async close(): Promise<void> {
    await this.#portions?.return(undefined).catch(() => undefined);
    await this.#database.close();
  }

  async *#turn(): AsyncGenerator<SourceBatch> {
    for (const reading of this.#readings.values()) {
      for await (const { rows, position } of reading.rounds.round(reading.position)) {
        const records = rows.map(row => this.#record(reading.target, row));
        reading.position = position;
        if (records.length === 0 && this.#config.mode === 'bulk') continue;
        yield { partition: reading.target.partition, offset: toOffset(position), records };
      }
    }
  }

  #record({ columns, key, topic }: ReadTarget, row: TextRow): SourceRecord {
    const value: Record<string, unknown> = {};
    for (let at = 0; at < columns.length; at++) {
      const text = row[at];
      const { name, read } = columns[at]!;
      value[name] = text === null || text === undefined ? null : read(text);
    }
    if (key.length === 0) return { topic, value };
    return { topic, key: Object.fromEntries(key.map(at => [columns[at]!.name, value[columns[at]!.name]])), value };
  }

  async #list(): Promise<void> {
    const { clock, logger } = this.#context;
    const isDue =
      this.#listedAtMs === undefined || clock.monotonic() - this.#listedAtMs >= this.#config['table.poll.interval.ms'];
    if (!isDue) return;
    const targets =
      this.#config.query === undefined
        ? (await listTables(this.#database, this.#config)).map(table => tableTarget(table, this.#config))
        : [await queryTarget(this.#database, this.#config)];
    if (targets.length === 0) logger.warn('the database has no table that is included; looking again later');
    const known = new Set(this.#readings.keys());
    for (const target of targets) {
      const before = this.#readings.get(target.name);
      const position = before?.position ?? fromOffset(this.#context.offset(target.partition));
      const isSame = JSON.stringify(before?.target.criteria) === JSON.stringify(target.criteria);
      known.delete(target.name);
      this.#readings.set(target.name, { target, position, rounds: isSame ? before!.rounds : this.#reader(target) });
    }
    for (const gone of known) this.#readings.delete(gone);
    this.#listedAtMs = clock.monotonic();
  }

  #reader(target: ReadTarget): RoundReader {
    return new RoundReader(this.#database, {
      criteria: target.criteria,
      rowsMax: this.#config['batch.max.rows'],
      clock: this.#context.clock,
      isOnce: this.#config['poll.once'],
      onForeignPosition: () =>
        this.#context.logger.warn(
          `${target.name}: the stored offset names transactions that this database has not had yet (is it a restored copy?); going on behind the highest row`,
        ),
    });
  }
}

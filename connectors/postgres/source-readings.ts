// The tables (or the query) that are being read, and how far each is. Looks now and then for tables that came, went, or are others now. A table that
// cannot be read is left out and told; the others go on. Only at the start is it refused: what was asked for by its own name, or when nothing is left.

import { ConfigError, type SourceContext } from '../../connect/api/index.js';
import type { Database } from './database.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import { fromOffset, type ReadPosition } from './read-position.js';
import { queryTarget, type ReadTarget, tableTarget } from './read-target.js';
import { RoundReader } from './round-reader.js';
import { isTableNamed, listTables, type TableTrouble } from './source-tables.js';

/** With `poll.once` there is no later at which a table could be in order again. */
const onceFailuresMax = 3;

export interface Reading {
  readonly target: ReadTarget;
  readonly rounds: RoundReader;
  position: ReadPosition;
}

interface Fault extends TableTrouble {
  readonly error?: ConfigError;
}

export class SourceReadings {
  readonly #config: PostgresSourceConfig;
  readonly #context: SourceContext;
  readonly #database: Database;
  readonly #readings = new Map<string, Reading>();
  /** How far tables were that are not read now. */
  readonly #left = new Map<string, Pick<Reading, 'position'> & { readonly oid: string | undefined }>();
  /** What was told, by what it is about. */
  readonly #told = new Map<string, string>();
  /** Of tables, one after the other. */
  readonly #failures = new Map<string, number>();
  #listedAtMs: number | undefined;
  #hasBegun = false;

  constructor(database: Database, config: PostgresSourceConfig, context: SourceContext) {
    this.#database = database;
    this.#config = config;
    this.#context = context;
  }

  /** In the order of their names. */
  get all(): readonly Reading[] {
    return [...this.#readings.values()];
  }

  /** A table turned out to be another than it was: they are looked at again before the next turn. */
  get isOutdated(): boolean {
    return this.#listedAtMs === undefined;
  }

  /** Looks for tables, if it is time to. */
  async refresh(): Promise<void> {
    const { clock } = this.#context;
    const listedMs = this.#listedAtMs;
    const isDue = listedMs === undefined || clock.monotonic() - listedMs >= this.#config['table.poll.interval.ms'];
    if (!isDue) return;
    const { targets, faults } = await this.#look();
    if (this.#hasBegun) this.#tell(faults);
    else this.#requireReadable(targets, faults);
    this.#take(targets, faults);
    this.#hasBegun = true;
    this.#listedAtMs = clock.monotonic();
  }

  /** It is not read any more until the next look at the tables, which comes soon. Throws the error where that would never end. */
  leaveOut({ target, position }: Reading, error: Error): void {
    const failures = (this.#failures.get(target.name) ?? 0) + 1;
    if (this.#config['poll.once'] && failures > onceFailuresMax) throw error;
    this.#failures.set(target.name, failures);
    this.#say(target.name, `${target.name} is left out: ${error.message}; looking at the tables again`);
    this.#drop(target, position);
    this.#listedAtMs = undefined;
  }

  /** A whole round of it was read. */
  settled({ name, topic }: ReadTarget): void {
    this.#failures.delete(name);
    if (this.#told.delete(name)) this.#info(`reading ${name} again, into topic ${topic}`);
  }

  async #look(): Promise<{ targets: readonly ReadTarget[]; faults: readonly Fault[] }> {
    if (this.#config.query !== undefined) {
      return { targets: [await queryTarget(this.#database, this.#config)], faults: [] };
    }
    const { tables, troubles } = await listTables(this.#database, this.#config);
    const targets: ReadTarget[] = [];
    const faults: Fault[] = [...troubles];
    for (const table of tables) {
      try {
        targets.push(tableTarget(table, this.#config));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const name = `${table.name.schema}.${table.name.table}`;
        const isNamed = isTableNamed(this.#config, name);
        faults.push({ name, why: error.message, isNamed, isMissing: false, error });
      }
    }
    return { targets, faults };
  }

  #requireReadable(targets: readonly ReadTarget[], faults: readonly Fault[]): void {
    const isOnce = this.#config['poll.once'];
    const isNone = targets.length === 0;
    // What is missing may come, unless there is no later.
    const fatal = faults.filter(each => (each.isMissing ? isOnce && each.isNamed : each.isNamed || isNone));
    if (fatal.length === 1 && fatal[0]!.error !== undefined) throw fatal[0]!.error;
    if (fatal.length > 0) throw new ConfigError(fatal.map(each => each.why).join('\n'));
    const why = faults.map(each => each.why).join('; ');
    if (isNone && isOnce) throw new ConfigError(why === '' ? 'the database has no table that is included' : why);
    this.#tell(faults);
    if (isNone && faults.length === 0) this.#say('', 'the database has no table that is included, so far');
  }

  #tell(faults: readonly Fault[]): void {
    const everyMs = this.#config['table.poll.interval.ms'];
    for (const { name, why, isMissing } of faults) {
      this.#say(name, isMissing ? `${why}; looking again every ${everyMs} ms` : `${name} is left out: ${why}`);
    }
  }

  #take(targets: readonly ReadTarget[], faults: readonly Fault[]): void {
    const gone = new Map(this.#readings);
    const byTopic = new Map<string, string>();
    for (const target of targets) {
      gone.delete(target.name);
      this.#begin(target);
      const other = byTopic.get(target.topic);
      byTopic.set(target.topic, target.name);
      if (other === undefined) continue;
      const how = 'to tell them apart, name the schema in topic.format';
      this.#say(`topic of ${target.name}`, `${other} and ${target.name} go to one topic, ${target.topic}: ${how}`);
    }
    for (const { target, position } of gone.values()) {
      this.#drop(target, position);
      if (faults.some(each => each.name === target.name)) continue;
      this.#say(target.name, `${target.name} is gone: it was dropped or renamed, or the user may not see it any more`);
    }
  }

  #begin(target: ReadTarget): void {
    const { name, partition, oid, topic } = target;
    const before = this.#readings.get(name);
    const left = this.#left.get(name);
    const stored = this.#context.offset(partition);
    const position = before?.position ?? left?.position ?? fromOffset(stored);
    const isSame = before !== undefined && JSON.stringify(before.target.criteria) === JSON.stringify(target.criteria);
    this.#readings.set(name, { target, position, rounds: isSame ? before.rounds : this.#reader(target) });
    this.#left.delete(name);
    if (before === undefined && !this.#told.has(name)) {
      this.#info(`reading ${name} into topic ${topic}`);
    }
    for (const hint of target.hints) this.#say(`${name} ${hint}`, hint);
    const oidBefore = before?.target.oid ?? left?.oid ?? stored?.['table_oid'];
    const isAnother = oidBefore !== undefined && oidBefore !== null && oidBefore !== oid;
    if (isAnother && target.criteria.areIdsKept) {
      this.#say(
        `another ${name}`,
        `${name} is another table than the one of that name that was read before: rows whose ${target.criteria.incrementing} was read there are not read. To read it from its beginning, stop the connector and delete its offset of ${name}`,
      );
    }
  }

  #drop({ name, oid }: ReadTarget, position: ReadPosition): void {
    this.#readings.delete(name);
    this.#left.set(name, { position, oid });
  }

  #say(about: string, message: string): void {
    if (this.#told.get(about) === message) return;
    this.#told.set(about, message);
    this.#context.logger.warn(`connector ${this.#context.connector}: ${message}`);
  }

  #info(message: string): void {
    this.#context.logger.info(`connector ${this.#context.connector}: ${message}`);
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

import type { Polled, SourceBatch, SourceContext, SourceRecord, SourceTask } from '../../connect/api/index.js';
import { Database } from './database.js';
import { connectorError, isOfOneTable } from './database-error.js';
import { OnceGoal } from './once-goal.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import { toOffset } from './read-position.js';
import type { ReadTarget } from './read-target.js';
import { TableChanged, type TextRow } from './round-reader.js';
import { type Reading, SourceReadings } from './source-readings.js';

/** A poll that has found nothing answers after so long at the latest: who is silent for long counts as stalled. */
const waitMsMax = 10_000;

/** Reads its tables in turn, a round each; between two turns it waits. */
export class PostgresSourceTask implements SourceTask {
  readonly #config: PostgresSourceConfig;
  readonly #context: SourceContext;
  readonly #database: Database;
  readonly #readings: SourceReadings;
  readonly #goal: OnceGoal;
  #portions: AsyncGenerator<SourceBatch> | undefined;
  #turnDueMs = Number.NEGATIVE_INFINITY;
  #hasTurned = false;
  /** It began when the source was told to finish. */
  #isLastTurn = false;
  #hasEnded = false;
  /** The source shall end with what there is. */
  #isFinishing = false;
  #endWait: () => void = () => undefined;

  constructor(config: PostgresSourceConfig, context: SourceContext) {
    this.#config = config;
    this.#context = context;
    // A connector that is paused in the middle of a round, or hangs, must not hold the snapshot of it for ever. Bulk could not go on where it was.
    const idleMs = config.mode === 'bulk' ? 0 : config['transaction.idle.timeout.ms'];
    this.#database = new Database(config, context.logger, [`idle_in_transaction_session_timeout TO ${idleMs}`]);
    this.#readings = new SourceReadings(this.#database, config, context);
    this.#goal = new OnceGoal(this.#database, context, config['poll.once.wait.max.ms']);
  }

  async open(): Promise<void> {
    if (this.#config['poll.once']) await this.#goal.set();
    await this.#readings.refresh();
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    for (;;) {
      if (this.#hasEnded) return 'ended';
      try {
        if (this.#portions === undefined && !(await this.#isTurnDue(signal))) return [];
        this.#portions ??= this.#turn();
        const { value, done } = await this.#portions.next();
        if (done !== true) return [value];
        this.#portions = undefined;
        await this.#afterTurn(signal);
        if (this.#isLastTurn) return [];
      } catch (error) {
        this.#portions = undefined;
        if (signal.aborted) throw error;
        throw connectorError(error, 'reading from the database');
      }
    }
  }

  wake(): void {
    this.#isFinishing = true;
    this.#endWait();
  }

  /** First the connection: a server that does not answer must not hold up the end. */
  async close(): Promise<void> {
    await this.#database.close();
    await this.#portions?.return(undefined).catch(() => undefined);
  }

  async #isTurnDue(signal: AbortSignal): Promise<boolean> {
    const leftMs = this.#turnDueMs - this.#context.clock.monotonic();
    if (leftMs > 0 && !this.#isFinishing) {
      await this.#wait(Math.min(leftMs, waitMsMax), signal);
      if (signal.aborted) return false;
      if (!this.#isFinishing) return leftMs <= waitMsMax;
    }
    // In bulk all would be read once more.
    return !(this.#isFinishing && this.#config.mode === 'bulk' && this.#hasTurned);
  }

  async #wait(forMs: number, signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const endWait = (): void => waiting.abort();
    this.#endWait = endWait;
    signal.addEventListener('abort', endWait, { once: true });
    await this.#context.clock.sleep(forMs, waiting.signal).catch(() => undefined);
    signal.removeEventListener('abort', endWait);
  }

  async #afterTurn(signal: AbortSignal): Promise<void> {
    this.#hasTurned = true;
    if (!this.#config['poll.once']) {
      this.#turnDueMs = this.#context.clock.monotonic() + this.#config['poll.interval.ms'];
    } else if (!this.#readings.isOutdated) {
      const bounds = this.#readings.all.map(reading => reading.position.swept);
      this.#hasEnded = await this.#goal.isReached(bounds, signal);
    }
  }

  async *#turn(): AsyncGenerator<SourceBatch> {
    this.#isLastTurn = this.#isFinishing;
    await this.#readings.refresh();
    for (const reading of this.#readings.all) {
      try {
        yield* this.#round(reading);
        this.#readings.settled(reading.target);
      } catch (error) {
        if (!(error instanceof TableChanged) && !isOfOneTable(error)) throw error;
        this.#readings.leaveOut(reading, error as Error);
      }
    }
  }

  async *#round(reading: Reading): AsyncGenerator<SourceBatch> {
    const { partition, oid } = reading.target;
    for await (const { rows, position } of reading.rounds.round(reading.position)) {
      const records = rows.map(row => this.#record(reading.target, row));
      reading.position = position;
      if (records.length === 0 && this.#config.mode === 'bulk') continue;
      const offset = { ...toOffset(position), ...(oid !== undefined && { table_oid: oid }) };
      yield { partition, offset, records };
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
}

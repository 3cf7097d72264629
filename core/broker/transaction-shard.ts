// The shell of the transactions machine for one partition of __transaction_state: appends what it decides, holds every answer back until
// that is committed, and then sees to the markers. When an append fails, the machine is dropped and rebuilt from its log; what was
// prepared is then completed anew.

import { ProtocolError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import type {
  AppendQuestion,
  AppendRefusal,
  TransactionsCommand,
  TransactionsReplies,
} from '../transactions/transactions-command.js';
import type { TransactionsConfig } from '../transactions/transactions-config.js';
import type { TransactionsDecision, WriteMarkers } from '../transactions/transactions-decision.js';
import { TransactionsMachine } from '../transactions/transactions-machine.js';
import type { TransactionsRecord } from '../transactions/transactions-record.js';
import type { MachineLog } from './machine-log.js';
import { MachineReload } from './machine-reload.js';
import type { ProducerIds } from './producer-ids.js';
import { isSettled, type TransactionMarkers } from './transaction-markers.js';

type Kind = TransactionsCommand['kind'];
type CommandOf<K extends Kind> = Extract<TransactionsCommand, { readonly kind: K }>;
/** Those of a client, which may have to wait for the transaction before. */
type ClientKind = 'init-producer-id' | 'add-partitions' | 'end-transaction';

export interface TransactionShardParts {
  readonly machineLog: MachineLog<TransactionsRecord>;
  readonly config: TransactionsConfig;
  readonly producerIds: ProducerIds;
  readonly markers: TransactionMarkers;
  readonly report: (problem: Error) => void;
}

const markerRetryMs = 1_000;
/** Clients come again after CONCURRENT_TRANSACTIONS; markers mostly take less time than that. */
const patienceMs = 1_000;

export class TransactionShard {
  readonly #ports: Ports;
  readonly #parts: TransactionShardParts;
  /** Transactions whose markers are being written, by transactional id. */
  readonly #completing = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #reload = new MachineReload(storageFailed);
  #machine: TransactionsMachine;
  /** Of the machine: what was begun for one that was dropped is not carried on. */
  #life = 0;

  private constructor(ports: Ports, parts: TransactionShardParts) {
    this.#ports = ports;
    this.#parts = parts;
    this.#machine = new TransactionsMachine(parts.config);
  }

  /** Replays the log, and begins to complete what was prepared. */
  static async open(ports: Ports, parts: TransactionShardParts): Promise<TransactionShard> {
    const shard = new TransactionShard(ports, parts);
    await shard.#load();
    return shard;
  }

  /** Decides, and answers once that is committed. Throws ProtocolError when the log cannot be written. */
  async run<K extends Kind>(command: CommandOf<K>): Promise<TransactionsReplies[K]> {
    while (this.#reload.running !== undefined) await this.#reload.running;
    if (this.#closing.signal.aborted) throw coordinatorGone();
    if (this.#reload.failure !== undefined) throw this.#reload.failure;
    const decision = this.#decide(command) as TransactionsDecision<K>;
    if (decision.needsProducerId) {
      const newProducerId = await this.#parts.producerIds.take();
      return await this.run<K>({ ...command, newProducerId });
    }
    const life = this.#life;
    await this.#committed();
    if (life === this.#life) for (const effect of decision.effects) this.#complete(effect);
    return decision.reply as TransactionsReplies[K];
  }

  /** The same, after waiting a while for the markers of the transaction before, where that is what the client would have to do. */
  async runPatiently<K extends ClientKind>(command: CommandOf<K>): Promise<TransactionsReplies[K]> {
    const { transactionalId }: { readonly transactionalId: string } = command as CommandOf<ClientKind>;
    const giveUpMs = this.#ports.clock.monotonic() + patienceMs;
    for (;;) {
      const reply = await this.run<K>(command);
      const completing = this.#completing.get(transactionalId);
      const leftMs = giveUpMs - this.#ports.clock.monotonic();
      const isEarly = reply.errorCode === kafkaErrors.CONCURRENT_TRANSACTIONS.code;
      if (!isEarly || completing === undefined || leftMs <= 0) return reply;
      await this.#within(leftMs, completing);
    }
  }

  /** Whether a batch may be appended in the name of a transaction. */
  refuseAppend(question: AppendQuestion): AppendRefusal {
    return this.#machine.refuseAppend(question);
  }

  close(): void {
    this.#closing.abort();
  }

  #decide(command: TransactionsCommand): TransactionsDecision {
    const decision = this.#machine.decide(command, this.#ports.clock.now());
    try {
      this.#parts.machineLog.append(decision.records);
    } catch (error) {
      this.#lose();
      throw storageFailed(error);
    }
    this.#machine.accept(decision);
    return decision;
  }

  async #committed(): Promise<void> {
    try {
      await this.#parts.machineLog.committed();
    } catch (error) {
      throw storageFailed(error);
    }
  }

  #complete(effect: WriteMarkers): void {
    const { transactionalId } = effect;
    const done = this.#writeMarkers(effect, this.#life)
      .catch(this.#parts.report)
      .finally(() => {
        if (this.#completing.get(transactionalId) === done) this.#completing.delete(transactionalId);
      });
    this.#completing.set(transactionalId, done);
  }

  /** Tries until every partition has its marker. */
  async #writeMarkers(effect: WriteMarkers, life: number): Promise<void> {
    const { markers, machineLog, report } = this.#parts;
    const { transactionalId, producerId, producerEpoch, commits } = effect;
    const marker = { producerId, producerEpoch, commits };
    const isCurrent = () => life === this.#life && !this.#closing.signal.aborted;
    let { partitions } = effect;
    for (let isFirst = true; partitions.length > 0; isFirst = false) {
      const results = await markers.write({ ...marker, coordinatorEpoch: machineLog.leaderEpoch }, partitions);
      if (!isCurrent()) return;
      const left = results.filter(result => !isSettled(result));
      partitions = left.map(({ topic, partition }) => ({ topic, partitionIds: [partition] }));
      if (left.length === 0) break;
      if (isFirst) report(unmarked(transactionalId, left));
      await this.#within(markerRetryMs);
      if (!isCurrent()) return;
    }
    if (!isCurrent()) return;
    this.#ports.failpoint('broker/transaction-marked');
    try {
      // Nobody has to wait for this to be on disk: the next answer that rests on it does.
      this.#decide({ kind: 'complete-transaction', transactionalId, producerId, producerEpoch });
    } catch {
      // The machine is loaded anew, and then this transaction is completed anew.
    }
  }

  /** Resolves when `work` does, when time is up, or when the broker closes. */
  #within(maxMs: number, work?: Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    return new Promise(resolve => {
      const end = () => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#ports.clock.setTimer(maxMs, end, { isBackground: work === undefined });
      signal.addEventListener('abort', end);
      work?.then(end, end);
    });
  }

  #lose(): void {
    this.#life++;
    this.#reload.begin(() => this.#load());
  }

  async #load(): Promise<void> {
    // A marker that is still on its way for the machine before must not come behind one of ours.
    await Promise.all(this.#completing.values());
    const machine = new TransactionsMachine(this.#parts.config);
    await this.#parts.machineLog.replay(record => machine.apply(record));
    this.#machine = machine;
    await this.#committed();
    for (const effect of machine.decide({ kind: 'reopen' }, this.#ports.clock.now()).effects) this.#complete(effect);
  }
}

function unmarked(transactionalId: string, [first]: readonly { topic: string; partition: number }[]): Error {
  return new Error(
    `the transaction of "${transactionalId}" cannot be ended in ${first!.topic}-${first!.partition}: it is tried again until that can be written`,
  );
}

function coordinatorGone(): ProtocolError {
  return new ProtocolError('NOT_COORDINATOR', 'the transaction coordinator is closed: find it again');
}

function storageFailed(cause: unknown): ProtocolError {
  const message = 'the log of the transaction coordinator cannot be written';
  return new ProtocolError('COORDINATOR_NOT_AVAILABLE', message, { cause });
}

// The shell of the cluster machine: appends what it decides to __cluster_metadata-0, and publishes it (opens and removes partition logs,
// fills the topic table) once that is committed, in the order of the log. Replies wait for the publication, so that whoever was told of a
// topic can use it. When an append fails, the machine is dropped and rebuilt from its log.

import { ProtocolError } from '../base/errors.js';
import type { ClusterCommand, ClusterReplies } from '../metadata/cluster-command.js';
import { ClusterImage } from '../metadata/cluster-image.js';
import { type ClusterDecision, ClusterMachine } from '../metadata/cluster-machine.js';
import type { ClusterRecord } from '../metadata/cluster-record.js';
import type { Ports } from '../ports/ports.js';
import type { Random } from '../ports/random.js';
import type { BrokerConfig } from './broker-config.js';
import type { MachineLog } from './machine-log.js';
import { MachineReload } from './machine-reload.js';
import type { PartitionLogs } from './partition-logs.js';
import { randomTopicId } from './uuid.js';

type CommandOf<K extends ClusterCommand['kind']> = Extract<ClusterCommand, { readonly kind: K }>;

export interface ClusterCatalogueParts {
  readonly config: BrokerConfig;
  /** Of this life of the broker. */
  readonly incarnationId: string;
  readonly machineLog: MachineLog<ClusterRecord>;
  readonly partitionLogs: PartitionLogs;
  /** Resolves when groups remember nothing of those of these topics that are gone. */
  readonly forgetTopics: (names: readonly string[]) => Promise<void>;
}

interface Unpublished {
  readonly records: readonly ClusterRecord[];
  readonly endOffset: number;
}

/** Kafka 3.9: which versions of the metadata records are written. */
const metadataVersion = { name: 'metadata.version', featureLevel: 21 } as const;

export class ClusterCatalogue {
  /** What is committed; the machine may be ahead of it. */
  readonly published = new ClusterImage();
  readonly #parts: ClusterCatalogueParts;
  readonly #topicIds: Random;
  readonly #reload = new MachineReload(storageFailed);
  #machine: ClusterMachine;
  readonly #unpublished: Unpublished[] = [];
  #publishing: Promise<void> = Promise.resolve();
  #brokerEpoch = -1;

  private constructor(ports: Ports, parts: ClusterCatalogueParts) {
    this.#parts = parts;
    this.#topicIds = ports.random.fork(`topic ids ${parts.incarnationId}`);
    this.#machine = this.#newMachine();
  }

  /** Replays the log, registers this broker, and opens the logs of all partitions. */
  static async open(ports: Ports, parts: ClusterCatalogueParts): Promise<ClusterCatalogue> {
    const catalogue = new ClusterCatalogue(ports, parts);
    await parts.machineLog.replay(record => {
      catalogue.#machine.apply(record);
      catalogue.published.apply(record);
    });
    await catalogue.#register();
    await parts.partitionLogs.openAll(catalogue.published);
    return catalogue;
  }

  /** Resolves with the reply once what was decided is on disk and in force. */
  async run<K extends ClusterCommand['kind']>(command: CommandOf<K>): Promise<ClusterReplies[K]> {
    while (this.#reload.running !== undefined) await this.#reload.running;
    await this.#prepare(command);
    if (this.#reload.failure !== undefined) throw this.#reload.failure;
    const decision = this.#decide(command) as ClusterDecision<K>;
    await this.#committed();
    await this.#publishCommitted();
    return decision.reply;
  }

  newTopicId(): string {
    return randomTopicId(this.#topicIds);
  }

  async allocateProducerIds(): Promise<{ firstProducerId: number; count: number }> {
    const { nodeId: brokerId } = this.#parts.config;
    const brokerEpoch = this.#brokerEpoch;
    const reply = await this.run<'allocate-producer-ids'>({ kind: 'allocate-producer-ids', brokerId, brokerEpoch });
    return { firstProducerId: reply.producerIdStart, count: reply.producerIdLen };
  }

  async close(): Promise<void> {
    await this.#publishing;
  }

  #newMachine(): ClusterMachine {
    return new ClusterMachine({ numPartitions: this.#parts.config.partitionCountDefault });
  }

  async #register(): Promise<void> {
    const { config, machineLog, incarnationId } = this.#parts;
    const { nodeId: brokerId, host, port } = config;
    if (this.#machine.image.features.size === 0) await this.run({ kind: 'set-feature-level', ...metadataVersion });
    this.#brokerEpoch = machineLog.log.logEndOffset;
    await this.run({
      kind: 'register-broker',
      brokerId,
      incarnationId,
      brokerEpoch: this.#brokerEpoch,
      endPoints: [{ name: 'EMBEDDED', host, port }],
      rack: null,
      beginsLeaderEpochs: true,
    });
  }

  /** A topic of the same name may have been deleted just now, or right before a crash: its groups' offsets are not those of the new one. */
  async #prepare(command: ClusterCommand): Promise<void> {
    if (command.kind !== 'create-topics') return;
    const names = command.topics.map(({ name }) => name);
    do {
      await this.#committed();
      await this.#publishCommitted();
      await this.#parts.forgetTopics(names);
    } while (this.#unpublished.some(({ records }) => records.some(record => record.kind === 'remove-topic')));
  }

  #decide(command: ClusterCommand): ClusterDecision {
    const { machineLog } = this.#parts;
    const decision = this.#machine.decide(command);
    try {
      machineLog.append(decision.records);
    } catch (error) {
      const failure = storageFailed(error);
      this.#parts.partitionLogs.suspend(decision.records, failure);
      this.#reload.begin(() =>
        this.#replay().then(() => this.#parts.partitionLogs.suspend(decision.records, undefined)),
      );
      throw failure;
    }
    this.#machine.accept(decision);
    const { records } = decision;
    if (records.length > 0) this.#unpublished.push({ records, endOffset: machineLog.log.logEndOffset });
    return decision;
  }

  async #committed(): Promise<void> {
    try {
      await this.#parts.machineLog.committed();
    } catch (error) {
      const failure = storageFailed(error);
      for (const { records } of this.#unpublished) this.#parts.partitionLogs.suspend(records, failure);
      throw failure;
    }
  }

  #publishCommitted(): Promise<void> {
    const publishing = this.#publishing.then(() => this.#publishNext());
    this.#publishing = publishing.catch(() => undefined);
    return publishing;
  }

  async #publishNext(): Promise<void> {
    const { committedOffset } = this.#parts.machineLog;
    for (;;) {
      const next = this.#unpublished[0];
      if (next === undefined || next.endOffset > committedOffset) return;
      this.#unpublished.shift();
      for (const record of next.records) this.published.apply(record);
      await this.#parts.partitionLogs.follow(next.records, this.published);
    }
  }

  /** Ends with a record that is on disk: what the failed append may have left behind it is then overwritten for good. */
  async #replay(): Promise<void> {
    const { machineLog } = this.#parts;
    const machine = this.#newMachine();
    await machineLog.replay(record => machine.apply(record));
    this.#machine = machine;
    machineLog.append([{ kind: 'feature-level', ...metadataVersion }]);
    await machineLog.committed();
  }
}

function storageFailed(cause: unknown): ProtocolError {
  return new ProtocolError('KAFKA_STORAGE_ERROR', 'the log of the cluster metadata cannot be written', { cause });
}

// A real Apache Kafka for tests: one or three nodes, each broker and controller, on loopback, in a temporary folder.

import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.js';
import { kafkaClassPath, newestKafka } from './kafka-jars.js';
import { type KafkaJvm, KafkaNode } from './kafka-node.js';
import { type KafkaTool, runKafkaTool } from './kafka-tools.js';
import type { JavaRun } from './run-java.js';

export interface StartKafkaOptions {
  /** Default 1. */
  readonly nodes?: 1 | 3;
  /** `4` (the default) and `3.9`, or a release by its full number. */
  readonly version?: string;
  /** Node n listens on port + n - 1, its controller on port + 9 + n. Free ones are looked for by default. */
  readonly port?: number;
  /** Lines of server.properties besides what a cluster for tests needs; later ones win. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** `quick` (the default) starts in seconds and compiles little; `server` is as Kafka's own start script has it. */
  readonly jvm?: KafkaJvm;
}

export interface KafkaCluster {
  /** `kafka://127.0.0.1:PORT,...` */
  readonly url: string;
  readonly bootstrap: string;
  readonly version: string;
  readonly classPath: string;
  /** Nodes by their ids, which begin at 1. */
  node(nodeId: number): KafkaNode;
  /** SIGKILL unless another signal is asked for (SIGSTOP, SIGCONT, SIGTERM). */
  kill(nodeId: number, signal?: NodeJS.Signals): Promise<void>;
  restart(nodeId: number): Promise<void>;
  /** Ends all nodes and removes what they wrote. */
  stop(): Promise<void>;
  tool(name: KafkaTool, args: readonly string[]): Promise<JavaRun>;
}

/** Throws MissingEngine, naming what to install, where Java, Maven or an artifact of Kafka is missing. */
export async function startKafka(options: StartKafkaOptions = {}): Promise<KafkaCluster> {
  const { nodes = 1, version = newestKafka } = options;
  const classPath = kafkaClassPath(version);
  const port = options.port ?? (await freePorts(20));
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'));
  try {
    const ids = Array.from({ length: nodes }, (_, index) => index + 1);
    for (const nodeId of ids) writeProperties(nodeId, { ...options, nodes, port, folder });
    await format(ids, folder, version);
    const all = ids.map(nodeId => {
      const at = nodeFolder(folder, nodeId);
      const { jvm = 'quick' } = options;
      return new KafkaNode({ nodeId, folder: at, properties: join(at, properties), classPath, jvm });
    });
    const cluster = new RunningCluster(all, { port, folder, version, classPath });
    await cluster.start();
    return cluster;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const properties = 'server.properties';
const nodeFolder = (folder: string, nodeId: number): string => join(folder, `node-${nodeId}`);
/** For the id of the cluster and of a node's folder; those of Kafka do not begin with a dash. */
const newId = (): string => `k${randomBytes(16).toString('base64url').slice(1)}`;

class RunningCluster implements KafkaCluster {
  readonly url: string;
  readonly bootstrap: string;
  readonly version: string;
  readonly classPath: string;
  readonly #nodes: readonly KafkaNode[];
  readonly #folder: string;

  constructor(nodes: readonly KafkaNode[], at: { port: number; folder: string; version: string; classPath: string }) {
    this.#nodes = nodes;
    this.#folder = at.folder;
    this.version = at.version;
    this.classPath = at.classPath;
    this.bootstrap = nodes.map(({ nodeId }) => `127.0.0.1:${at.port + nodeId - 1}`).join(',');
    this.url = `kafka://${this.bootstrap}`;
  }

  async start(): Promise<void> {
    const started = await Promise.allSettled(this.#nodes.map(node => node.start()));
    const failed = started.find(each => each.status === 'rejected');
    if (failed === undefined) return;
    await this.stop();
    throw failed.reason;
  }

  node(nodeId: number): KafkaNode {
    const found = this.#nodes.find(node => node.nodeId === nodeId);
    if (found === undefined) throw new Error(`no node ${nodeId}; there are 1 to ${this.#nodes.length}`);
    return found;
  }

  kill(nodeId: number, signal?: NodeJS.Signals): Promise<void> {
    return this.node(nodeId).kill(signal);
  }

  restart(nodeId: number): Promise<void> {
    return this.node(nodeId).restart();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(node => node.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  tool(name: KafkaTool, args: readonly string[]): Promise<JavaRun> {
    return runKafkaTool(name, ['--bootstrap-server', this.bootstrap, ...args], { version: this.version });
  }
}

interface NodeSettings extends Pick<StartKafkaOptions, 'settings'> {
  readonly nodes: number;
  readonly port: number;
  readonly folder: string;
}

function writeProperties(nodeId: number, { nodes, port, folder, settings }: NodeSettings): void {
  const at = nodeFolder(folder, nodeId);
  mkdirSync(at, { recursive: true });
  const listeners = `PLAINTEXT://127.0.0.1:${port + nodeId - 1},CONTROLLER://127.0.0.1:${port + 9 + nodeId}`;
  const voters = Array.from({ length: nodes }, (_, index) => `${index + 1}@127.0.0.1:${port + 10 + index}`);
  const minIsr = nodes > 1 ? 2 : 1;
  const all = {
    'node.id': nodeId,
    'process.roles': 'broker,controller',
    listeners,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port + nodeId - 1}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.quorum.voters': voters.join(','),
    'log.dirs': join(at, 'data'),
    'default.replication.factor': nodes,
    'min.insync.replicas': minIsr,
    'offsets.topic.replication.factor': nodes,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': nodes,
    'transaction.state.log.min.isr': minIsr,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 100,
    // Tests write records of 1970, which no retention would keep.
    'log.retention.ms': -1,
    'log.retention.check.interval.ms': 86_400_000,
    // What deleted topics held goes soon, lest a long run fill the disk: this is also when Kafka begins to remove it.
    'log.initial.task.delay.ms': 1_000,
    'log.segment.delete.delay.ms': 1_000,
    // What is compacted and deleted has a clock of its own, of 15 s by default: here what lasts no longer is seen soon.
    'log.cleaner.backoff.ms': 1_000,
    // A killed node is let in again when its session is over: sooner than after Kafka's 9 s.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(at, properties), `${lines.join('\n')}\n`);
}

/** One run of Kafka's own tool: the other nodes get a copy, under ids of their own. */
async function format(ids: readonly number[], folder: string, version: string): Promise<void> {
  const first = nodeFolder(folder, 1);
  const args = ['format', '-t', newId(), '-c', join(first, properties)];
  const { status, stdout, stderr } = await runKafkaTool('kafka-storage', args, { version });
  if (status !== 0) throw new Error(`Kafka's storage could not be formatted: ${stdout}${stderr}`);
  const meta = readFileSync(join(first, 'data', 'meta.properties'), 'utf8');
  for (const nodeId of ids.slice(1)) {
    const data = join(nodeFolder(folder, nodeId), 'data');
    cpSync(join(first, 'data'), data, { recursive: true });
    const own = meta
      .replace(/^node\.id=.*$/m, `node.id=${nodeId}`)
      .replace(/^directory\.id=.*$/m, `directory.id=${newId()}`);
    writeFileSync(join(data, 'meta.properties'), own);
  }
}

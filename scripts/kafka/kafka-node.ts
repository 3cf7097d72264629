// One Kafka process. A shell stands between: it ends the JVM, and removes what it wrote, as soon as its standard input closes, and so also
// when the process that started the node was killed and could not do it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { findJava } from './find-java.js';
import { loggingFlags } from './logging-flags.js';

const startTimeoutMs = 90_000;
const startedText = 'Kafka Server started';

/** Of the JVM: for a quick start and little memory, as tests want it, and as Kafka's own start script has it, for benches. */
const flagsOf = {
  quick: ['-Xms256M', '-Xmx1G', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  server: [
    ...['-server', '-Xms1G', '-Xmx1G', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
    ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
  ],
} as const;

export type KafkaJvm = keyof typeof flagsOf;

/** LOG and FOLDER in the environment; the word "keep" on standard input ends the node but keeps what it wrote. */
const guard = `
  : >"$LOG"
  "$@" </dev/null >"$LOG" 2>&1 &
  java=$!
  echo "$java"
  read -r word
  kill -9 "$java" 2>/dev/null
  wait "$java" 2>/dev/null
  [ "$word" = keep ] || rm -rf "$FOLDER"
`;

export interface KafkaNodeOptions {
  readonly nodeId: number;
  /** All that the node writes; removed when it is stopped for good. */
  readonly folder: string;
  readonly properties: string;
  readonly classPath: string;
  readonly jvm: KafkaJvm;
}

export class KafkaNode {
  readonly nodeId: number;
  readonly #options: KafkaNodeOptions;
  #guard: ChildProcess | undefined;
  #pid = 0;

  constructor(options: KafkaNodeOptions) {
    this.nodeId = options.nodeId;
    this.#options = options;
  }

  /** The process id of the JVM. */
  get pid(): number {
    return this.#pid;
  }

  get logFile(): string {
    return join(this.#options.folder, 'log');
  }

  /** Resolves when the node serves. Rejects, with the first errors of its log, when it dies or takes longer than 90 s. */
  async start(): Promise<void> {
    const { folder, properties, classPath, jvm } = this.#options;
    const java = [
      findJava().command,
      ...flagsOf[jvm],
      ...loggingFlags('INFO'),
      '-cp',
      classPath,
      'kafka.Kafka',
      properties,
    ];
    const child = spawn('bash', ['-c', guard, 'kafka', ...java], {
      env: { ...process.env, LOG: this.logFile, FOLDER: folder },
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C is for whoever started the node: the guard sees it end.
      detached: true,
    });
    this.#guard = child;
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    this.#pid = Number(line);
    // Neither keeps the process that started the node alive.
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    (child.stdout as unknown as { unref(): void }).unref();
    await this.#served();
  }

  /** Sends the JVM a signal. After SIGKILL it is gone, sockets and all, when the promise resolves. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    process.kill(this.#pid, signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#gone();
  }

  /** Starts the node again on what it wrote, whether it runs or was killed. */
  async restart(): Promise<void> {
    await this.#endGuard('keep');
    await this.start();
  }

  /** Ends the node and removes what it wrote. */
  async stop(): Promise<void> {
    await this.#endGuard('');
  }

  async #endGuard(word: string): Promise<void> {
    const child = this.#guard;
    if (child === undefined) return;
    this.#guard = undefined;
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.ref();
    child.stdin!.end(`${word}\n`);
    await ended;
  }

  async #served(): Promise<void> {
    const endMs = Date.now() + startTimeoutMs;
    for (;;) {
      const log = readFileSync(this.logFile, 'utf8');
      if (log.includes(startedText)) return;
      if (!this.#isAlive()) throw new Error(`Kafka node ${this.nodeId} died at its start: ${firstErrors(log)}`);
      if (Date.now() > endMs)
        throw new Error(`Kafka node ${this.nodeId} did not start within ${startTimeoutMs} ms: ${firstErrors(log)}`);
      await sleep(100);
    }
  }

  async #gone(): Promise<void> {
    while (this.#isAlive()) await sleep(20);
  }

  /** A killed JVM stays a zombie until its guard has taken note; its sockets are closed by then. */
  #isAlive(): boolean {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${this.#pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  }
}

function firstErrors(log: string): string {
  const errors = log.split('\n').filter(line => /\b(ERROR|FATAL)\b|^Error|Exception/.test(line));
  return errors.slice(0, 3).join('\n') || 'its log holds no error';
}

// A Java consumer in a process of its own, as a member of a group (java/GroupMember.java).

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findJava } from '../../scripts/kafka/find-java.js';
import { kafkaClassPath } from '../../scripts/kafka/kafka-jars.js';

export class JavaMember {
  /** Partitions that it has, as it was told. */
  readonly has = new Set<number>();
  /** `PARTITION@OFFSET` of each record read. */
  readonly read: string[] = [];
  /** What its listener was told, in order: `revoked 1,2`. */
  readonly events: string[] = [];
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #errors = '';

  constructor(topic: string, properties: Readonly<Record<string, string>>) {
    const set = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
    const flags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
    const program = 'test/kafka/java/GroupMember.java';
    const args = [...flags, '-cp', kafkaClassPath(), program, topic, ...set];
    this.#process = spawn(findJava().command, args, { stdio: 'pipe' });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    createInterface({ input: this.#process.stdout! }).on('line', line => this.#said(line));
    this.#exited = new Promise(resolve => this.#process.on('close', () => resolve()));
  }

  get errors(): string {
    return this.#errors;
  }

  /** Leaves the group and ends. */
  async close(): Promise<void> {
    this.#process.stdin!.end();
    await this.#exited;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #said(line: string): void {
    const [what, ...rest] = line.split(' ');
    if (what === 'read') this.read.push(`${rest[0]}@${rest[1]}`);
    else if (what !== 'closed') this.events.push(line);
    const partitions = (rest[0] ?? '').split(',').filter(Boolean).map(Number);
    if (what === 'assigned') for (const partition of partitions) this.has.add(partition);
    if (what === 'revoked' || what === 'lost') for (const partition of partitions) this.has.delete(partition);
  }
}

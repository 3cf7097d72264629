import type { Ports } from '../ports/ports.js';
import { formatEntries, parseEntries } from './checkpoint-text.js';

/** A checkpoint file of a data directory: an offset per partition (`topic partition offset`), replaced as a whole. */
export class OffsetCheckpoint {
  private readonly ports: Ports;
  private readonly path: string;
  private readonly offsets = new Map<string, number>();

  /** A file that is missing or damaged counts as empty: every offset in it can be found out again. */
  constructor(ports: Ports, path: string) {
    this.ports = ports;
    this.path = path;
    const rows = ports.disk.exists(path) ? parseEntries(ports.disk.readFile(path), 3) : undefined;
    for (const [topic, partition, offset] of rows ?? []) {
      if (/^\d+$/.test(offset!)) this.offsets.set(`${topic} ${partition}`, Number(offset));
    }
  }

  /** 0 where nothing is known. */
  get(topic: string, partition: number): number {
    return this.offsets.get(`${topic} ${partition}`) ?? 0;
  }

  /** True when this changes anything; the file follows with `save`. */
  set(topic: string, partition: number, offset: number): boolean {
    const key = `${topic} ${partition}`;
    if (this.offsets.get(key) === offset) return false;
    this.offsets.set(key, offset);
    return true;
  }

  delete(topic: string, partition: number): boolean {
    return this.offsets.delete(`${topic} ${partition}`);
  }

  save(): void {
    const rows = [...this.offsets].map(([key, offset]) => [key, offset]);
    this.ports.disk.replaceFile(this.path, formatEntries(rows));
  }
}

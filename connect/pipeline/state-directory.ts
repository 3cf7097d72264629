// What a pipeline remembers between runs, in a directory of its own: `log/`, an embedded log (what was read and is not written yet, how far the
// source was read, what steps remember), `runs.jsonl`, the history of its runs, `offsets.json` for whoever asks, and `identity.json`.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDirectoryHeld, type Random } from '../../core/index.js';

export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** `.millrace/NAME` beside the pipeline's file, or in the working directory. */
  static of(name: string, pipelineFile: string | undefined): StateDirectory {
    const beside = pipelineFile === undefined ? process.cwd() : dirname(resolve(pipelineFile));
    return new StateDirectory(join(beside, '.millrace', name));
  }

  get exists(): boolean {
    return existsSync(join(this.path, 'identity.json'));
  }

  get logUrl(): string {
    return `file:${join(this.path, 'log')}`;
  }

  /** Whether a process runs the pipeline, or waits for its schedule, now. */
  isHeld(): Promise<boolean> {
    return isDirectoryHeld(join(this.path, 'log'));
  }

  get runsFile(): string {
    return join(this.path, 'runs.jsonl');
  }

  /**
   * A word that is another one each time the state begins anew. Sinks keep their offsets under it: what they remember of a state that is
   * gone does not count.
   */
  identity(random: Random): string {
    const file = join(this.path, 'identity.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { id: string }).id;
    mkdirSync(this.path, { recursive: true });
    const id = Buffer.from(random.bytes(4)).toString('hex');
    writeFileSync(file, `${JSON.stringify({ id })}\n`);
    return id;
  }

  /** How far the source was read, as the last run has told. */
  offsets(): readonly unknown[] {
    const file = join(this.path, 'offsets.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown[]) : [];
  }

  /** A copy for people: what counts is in the log. */
  tellOffsets(offsets: readonly unknown[]): void {
    const file = join(this.path, 'offsets.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(offsets)}\n`);
    renameSync(`${file}.new`, file);
  }

  /** Forgets everything but the history of runs. */
  clear(): void {
    for (const name of ['log', 'identity.json', 'offsets.json'])
      rmSync(join(this.path, name), { recursive: true, force: true });
  }
}

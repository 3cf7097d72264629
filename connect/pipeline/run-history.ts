import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import type { StateDirectory } from './state-directory.js';

/** One run of a pipeline. Times are ISO 8601. */
export interface RunEntry {
  /** When it began. */
  readonly started: string;
  /** Without it, it runs still, or was killed. */
  readonly ended?: string | undefined;
  /** `killed`: it never said that it ended. `skipped`: a fire that was missed; `scheduled`: the schedule was taken up. Neither was a run. */
  readonly outcome: 'running' | 'done' | 'stopped' | 'failed' | 'killed' | 'skipped' | 'scheduled';
  /** The time of the schedule that it is for. */
  readonly fire?: string | undefined;
  readonly read: number;
  readonly written: number;
  /** Of what was written on its way to the sinks. Not known of a run that was killed. */
  readonly writtenBytes?: number | undefined;
  readonly failed: number;
  readonly error?: string | undefined;
  readonly pid: number;
}

const bytesMax = 1024 * 1024;

/** The runs of a pipeline, oldest first: a line when one begins, another when it ends; a line that a crash has cut is left out. */
export class RunHistory {
  readonly #file: string;

  constructor(state: StateDirectory) {
    this.#file = state.runsFile;
  }

  append(entry: RunEntry): void {
    this.#shorten();
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  /** The latest word on each run. */
  read(): readonly RunEntry[] {
    if (!existsSync(this.#file)) return [];
    const runs = new Map<string, RunEntry>();
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      const entry = parsed(line);
      if (entry !== undefined) runs.set(`${entry.started} ${entry.pid} ${entry.fire}`, entry);
    }
    return [...runs.values()];
  }

  /** How long the records of the latest run were that wrote any, on the average; 0 where none is known. */
  recordBytes(): number {
    const { written, writtenBytes = 0 } = this.read().findLast(
      run => run.writtenBytes !== undefined && run.written > 0,
    ) ?? { written: 1 };
    return writtenBytes / written;
  }

  /** A pipeline that runs each minute would fill it without end. */
  #shorten(): void {
    const sizeBytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (sizeBytes <= bytesMax) return;
    const kept: string[] = [];
    let keptBytes = 0;
    for (const entry of this.read().toReversed()) {
      const line = `${JSON.stringify(entry)}\n`;
      keptBytes += line.length;
      if (keptBytes > bytesMax / 2) break;
      kept.unshift(line);
    }
    writeFileSync(`${this.#file}.new`, kept.join(''));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function parsed(line: string): RunEntry | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as RunEntry);
  } catch {
    return undefined;
  }
}

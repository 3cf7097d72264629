// How a run shows itself: on a terminal one line that is drawn again and again, with a bar where the end is known; elsewhere a line of JSON now and
// then. What is logged stands above the bar, on standard error as always.

import type { PipelineProgress, PipelineSummary, RunningPipeline } from '../../../connect/pipeline/index.js';
import { progressLine } from './progress-line.js';

const drawEveryMs = 100;
const tellEveryMs = 1_000;

export class RunReport {
  readonly #isJson: boolean;
  readonly #isDrawn: boolean;
  #hasDrawn = false;

  constructor(wantsJson: boolean) {
    this.#isDrawn = !wantsJson && process.stderr.isTTY === true;
    this.#isJson = wantsJson || !process.stdout.isTTY;
  }

  readonly logger = {
    debug: (): void => {},
    info: (): void => {},
    warn: (message: string): void => this.#log('warn', message),
    error: (message: string): void => this.#log('error', message),
  };

  begin(run: RunningPipeline): void {
    const show = this.#isDrawn ? () => this.#draw(run) : () => this.#tell(run.name, 'running', run.progress());
    if (!this.#isDrawn && !this.#isJson) return;
    run.every(this.#isDrawn ? drawEveryMs : tellEveryMs, show);
    if (this.#isDrawn) show();
  }

  waiting(pipeline: string, nextMs: number): void {
    const nextFire = new Date(nextMs).toISOString();
    if (this.#isJson) process.stdout.write(`${JSON.stringify({ pipeline, state: 'waiting', nextFire })}\n`);
    else process.stdout.write(`${pipeline}: next at ${nextFire}; Ctrl-C ends it\n`);
  }

  end(summary: PipelineSummary): void {
    this.stop();
    if (this.#isJson) this.#tell(summary.name, summary.outcome, summary);
    else process.stdout.write(`${summaryLine(summary)}\n`);
  }

  stop(): void {
    this.#erase();
  }

  #draw(run: RunningPipeline): void {
    this.#erase();
    process.stderr.write(progressLine(run.name, run.progress(), process.stderr.columns || 80));
    this.#hasDrawn = true;
  }

  #erase(): void {
    if (this.#hasDrawn) process.stderr.write('\r\u001b[K');
    this.#hasDrawn = false;
  }

  #tell(pipeline: string, state: string, progress: PipelineProgress): void {
    const { read, written, sunk, failed, fraction, elapsedMs } = progress;
    const told = { pipeline, state, read, written, sunk, failed, fraction, elapsedMs: Math.round(elapsedMs) };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }

  #log(level: string, message: string): void {
    this.#erase();
    process.stderr.write(this.#isJson && !this.#isDrawn ? `${JSON.stringify({ level, message })}\n` : `${message}\n`);
  }
}

function summaryLine({ name, outcome, read, sunk, failed, elapsedMs }: PipelineSummary): string {
  const bad = failed === 0 ? '' : `, ${failed} bad`;
  return `${name}: ${outcome}: ${read} read, ${sunk} written${bad} in ${(elapsedMs / 1000).toFixed(1)} s`;
}

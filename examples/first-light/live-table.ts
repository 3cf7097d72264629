// What a run shows while it works. On a terminal: a progress bar and a table of the largest rows, drawn over themselves ten times a second. In a pipe or
// a log file: a line at each quarter of the way.

import { interval, type Subscription } from 'rxjs';

export interface Row {
  readonly name: string;
  readonly numbers: readonly number[];
}

/** What is shown of a step: how far it is (0 to 1), in words, and the rows of the table. */
export interface Step {
  fraction(): number;
  status(): string;
  rows?(): readonly Row[];
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barWidth = 30;
const rowCountMax = 12;
const frameMs = 100;

export class LiveTable {
  readonly #terminal: Terminal;
  readonly #heading: readonly string[];
  #drawnLineCount = 0;
  #quarter = 0;

  constructor(terminal: Terminal, heading: readonly string[]) {
    this.#terminal = terminal;
    this.#heading = heading;
  }

  /** Shows `step` until `work` has ended, then its last state for good. */
  async during<T>(name: string, step: Step, work: Promise<T>): Promise<T> {
    this.#quarter = 0;
    const frames: Subscription = interval(frameMs).subscribe(() => this.#show(name, step));
    try {
      const result = await work;
      this.#close(name, step);
      return result;
    } finally {
      frames.unsubscribe();
      this.#drawnLineCount = 0;
    }
  }

  #show(name: string, step: Step): void {
    if (this.#terminal.isTTY) {
      this.#draw(name, step, step.fraction());
      return;
    }
    const quarter = Math.floor(step.fraction() * 4);
    if (quarter <= this.#quarter || quarter > 3) return;
    this.#quarter = quarter;
    this.#line(name, step, step.fraction());
  }

  #close(name: string, step: Step): void {
    if (this.#terminal.isTTY) this.#draw(name, step, 1);
    else this.#line(name, step, 1);
  }

  #line(name: string, step: Step, fraction: number): void {
    this.#terminal.write(`${name.padEnd(14)} ${percent(fraction)}  ${step.status()}\n`);
  }

  #draw(name: string, step: Step, fraction: number): void {
    const width = (this.#terminal.columns ?? 80) - 1;
    const lines = [`${name.padEnd(14)} ${bar(fraction)} ${percent(fraction)}  ${step.status()}`, ...this.#table(step)];
    const over = this.#drawnLineCount === 0 ? '' : `\x1b[${this.#drawnLineCount}A\x1b[0J`;
    this.#terminal.write(`${over}${lines.map(line => `${line.slice(0, width)}\n`).join('')}`);
    this.#drawnLineCount = lines.length;
  }

  #table(step: Step): string[] {
    const rows = step.rows?.() ?? [];
    if (rows.length === 0) return [];
    const [first, ...others] = this.#heading;
    const cells = (numbers: readonly (string | number)[]): string =>
      numbers.map(value => (typeof value === 'number' ? whole(value) : value).padStart(13)).join('');
    const shown = rows.toSorted((a, b) => b.numbers[0]! - a.numbers[0]!).slice(0, rowCountMax);
    const nameWidth = Math.min(40, Math.max(first!.length, ...shown.map(row => row.name.length)));
    return [
      `  ${first!.padEnd(nameWidth)}${cells(others)}`,
      ...shown.map(row => `  ${shortened(row.name, nameWidth)}${cells(row.numbers)}`),
    ];
  }
}

function bar(fraction: number): string {
  const filled = Math.round(Math.min(1, fraction) * barWidth);
  return `[${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}]`;
}

function percent(fraction: number): string {
  return `${Math.floor(Math.min(1, fraction) * 100)}%`.padStart(4);
}

function shortened(name: string, width: number): string {
  return name.length > width ? `${name.slice(0, width - 1)}…` : name.padEnd(width);
}

/** 12345.6 as `12,346`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

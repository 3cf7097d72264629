import { UsageError } from '../../core/index.js';

/** From the root of a pipeline to one of its values, such as ['steps', 1, 'filter']. */
export type Path = readonly (string | number)[];

/** Where in its file something stands; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What cannot be meant in a pipeline, or (a warning) is likely not to be. */
export interface Fault {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly path: Path;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** The pipeline cannot be run as it is written; the message tells the errors, `faults` the warnings too. */
export class PipelineError extends UsageError {
  readonly faults: readonly Fault[];

  constructor(what: string, faults: readonly Fault[]) {
    const errors = faults.filter(({ severity }) => severity === 'error');
    super(errors.length === 0 ? what : errors.map(faultLine).join('\n'));
    this.faults = faults;
  }
}

/** `flights.yaml:7:13: steps[0].filter: what is wrong`. */
export function faultLine(fault: Fault): string {
  return [placeLine(fault), fault.message].filter(part => part !== '').join(': ');
}

/** `flights.yaml:7:13: steps[0].filter`. */
export function placeLine({ file, line, column, path }: Omit<Fault, 'severity' | 'message'>): string {
  const place = line === undefined ? '' : `:${line}:${column}`;
  return [file === undefined ? '' : `${file}${place}`, pathText(path)].filter(part => part !== '').join(': ');
}

export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = /^[\w-]+$/.test(part) ? part : `"${part}"`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

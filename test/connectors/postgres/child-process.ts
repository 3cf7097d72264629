import { spawn } from 'node:child_process';

export interface Child {
  readonly pid: number;
  /** Resolves when it has said that it is frozen; rejects when it ends before. */
  readonly stalled: Promise<void>;
  readonly ended: Promise<ChildEnd>;
  kill(signal: 'SIGKILL' | 'SIGCONT'): void;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

/** Runs a script of the tests as a process of its own. */
export function startChild(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += String(chunk);
  });
  const ended = new Promise<ChildEnd>(resolve =>
    child.on('close', (code, signal) => resolve({ code, signal, errors })),
  );
  const stalled = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => String(chunk).includes('stalled') && resolve());
    void ended.then(end => reject(new Error(`it ended before it was frozen: ${JSON.stringify(end)}`)));
  });
  stalled.catch(() => undefined);
  return { pid: child.pid!, stalled, ended, kill: signal => void child.kill(signal) };
}

// The `millrace` command as a person runs it (what the package carries, bundled): a process of its own, with its exit code and what it printed.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const program = fileURLToPath(new URL('../../lib/cli/millrace.js', import.meta.url));
const programInFiles = fileURLToPath(new URL('../../cli/millrace.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Not bundled: for looking at which files are loaded. */
  readonly isInFiles?: boolean;
}

/** A folder of its own for one test, removed with it. */
export function testFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function startMillrace(args: readonly string[], options: RunOptions): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
  return spawn(process.execPath, [options.isInFiles === true ? programInFiles : program, ...args], {
    cwd: options.cwd,
    env: { ...Object.fromEntries(inherited), ...options.env },
  });
}

export async function millrace(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = startMillrace(args, options);
  child.stdin!.end(options.input ?? '');
  return await outcomeOf(child);
}

export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const printed = { stdout: '', stderr: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, ...printed };
}

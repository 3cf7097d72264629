// `npm start` as a person runs it: a process of its own.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const program = fileURLToPath(new URL('../../examples/first-light/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own for one test, removed with it. */
export function testFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-first-light-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs in `cwd`, with its data and results there unless `args` say otherwise. */
export async function firstLight(cwd: string, ...args: string[]): Promise<Outcome> {
  return await outcomeOf(startFirstLight(cwd, ...args));
}

export function startFirstLight(cwd: string, ...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const places = [
    ...(args.includes('--data') ? [] : ['--data', 'data']),
    ...(args.includes('--out') ? [] : ['--out', 'out']),
  ];
  const { npm_lifecycle_event: _, ...env } = process.env;
  return spawn(process.execPath, [program, ...args, ...places], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Outcome> {
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, ...printed };
}

/** All lines of the result files, sorted. */
export function resultLines(directory: string): string[] {
  return readdirSync(directory)
    .filter(name => name.endsWith('.jsonl'))
    .flatMap(name =>
      readFileSync(join(directory, name), 'utf8')
        .split('\n')
        .filter(line => line !== ''),
    )
    .toSorted();
}

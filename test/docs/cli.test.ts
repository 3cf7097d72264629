// docs/cli.md is the command line: its commands and options, those and no others, and its examples, run in their order, print what it says.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Command } from 'commander';
import { program } from '../../cli/program.js';
import { outcomeOf, testFolder } from '../cli/run-millrace.js';
import { startWorkerProcess, type WorkerProcess } from '../cli/worker-process.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = await readFile(join(root, 'docs/cli.md'), 'utf8');

function commandsOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsOf);
}

/** As a heading says it: `millrace topic create <name...>`. */
function usageOf(command: Command): string {
  const words = command.registeredArguments.map(argument => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const path: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) path.unshift(at.name());
  return [...path, ...words].join(' ');
}

/** What stands under each heading. */
function sections(): ReadonlyMap<string, string> {
  const parts = page.split(/^##+ /m).slice(1);
  return new Map(parts.map(part => [part.slice(0, part.indexOf('\n')).replaceAll('`', ''), part]));
}

function flagsIn(section: string): string[] {
  return [...section.matchAll(/^\| `(-[^`]+)` \|/gm)].map(([, flags]) => flags!).sort();
}

test('every command is in the page with its arguments, and no other', t => {
  const headings = [...sections().keys()].filter(heading => heading.startsWith('millrace '));
  t.deepEqual(headings.sort(), commandsOf(program()).map(usageOf).sort());
});

test('every option is in the page under its command, and no other', t => {
  const flags = (command: Command) => command.options.map(option => option.flags).sort();
  t.deepEqual(flagsIn(sections().get('For every command')!), flags(program()));
  for (const command of commandsOf(program())) {
    t.deepEqual(flagsIn(sections().get(usageOf(command)) ?? ''), flags(command), usageOf(command));
  }
});

test('what the page calls by its name exists, with its options', t => {
  const lines = [...page.matchAll(/`(millrace [^`\n]+)`|^(?:.*\| )?(millrace [^`\n]+)$/gm)].map(
    match => match[1] ?? match[2]!,
  );
  t.true(lines.length > 60);
  for (const line of lines) {
    const [, ...words] = line.split(' | ')[0]!.split(' ');
    let command = program();
    const known = [...command.options];
    for (const word of words) {
      const child = command.commands.find(candidate => candidate.name() === word);
      if (child === undefined) break;
      command = child;
      known.push(...command.options);
    }
    if (!line.endsWith(' --help')) t.not(command.parent, null, line);
    for (const word of words.filter(each => /^--?[A-Za-z]/.test(each))) {
      t.true(
        known.some(option => option.short === word || option.long === word),
        `${line}: ${word}`,
      );
    }
  }
});

/** `...` stands for what differs from run to run; alone in a line, for any lines. */
function patternOf(printed: string): RegExp {
  const lines = printed.split(/(?<=\n)/).map(line => {
    if (line === '...\n') return '(?:.*\n)*';
    return line
      .split('...')
      .map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*');
  });
  return new RegExp(`^${lines.join('')}$`);
}

const looks = /^millrace connector (list|describe|offsets) [^-]*$|^millrace connector list$/;

test('the examples print what the page says, one after the other', async t => {
  t.timeout(600_000);
  const cwd = testFolder(t);
  const here = JSON.stringify(join(root, 'dist/lib/millrace.js'));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
  const millrace = `millrace() { "${process.execPath}" "${join(root, 'dist/lib/cli/millrace.js')}" "$@"; }`;
  let worker: WorkerProcess | undefined;
  const print = async (code: string) => {
    const env = { ...Object.fromEntries(inherited), ...(worker !== undefined && { MILLRACE_CONNECT_URL: worker.url }) };
    const script = `set -euo pipefail; exec 2>&1; ${millrace}; ${code}`;
    return await outcomeOf(spawn('bash', ['-c', script], { cwd, env }));
  };
  for (const [, language, code = '', printed] of page.matchAll(
    /^```(\w+)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms,
  )) {
    const name = /^(?:#|\/\/) (\S+\.\w+)\n/.exec(code)?.[1];
    if (name !== undefined) writeFileSync(join(cwd, name), code.replace("'millrace'", here));
    if (language !== 'sh') continue;
    if (code === 'millrace connect start\n') {
      worker = await startWorkerProcess(t, cwd);
      continue;
    }
    if (code.startsWith('millrace dlq')) await worker?.stop().finally(() => (worker = undefined));
    const wanted = patternOf(printed ?? '');
    // What a worker is told it does soon.
    const endMs = Date.now() + (looks.test(code.trimEnd()) ? 120_000 : 0);
    let outcome = await print(code);
    while (!wanted.test(outcome.stdout) && Date.now() < endMs) outcome = await print(code);
    t.deepEqual([outcome.code, outcome.stderr], [0, ''], `${code}${outcome.stdout}`);
    t.regex(outcome.stdout, wanted, code);
  }
});

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { isDirectoryHeld } from '../../../core/platform/directory-lock.js';
import { nodeDisk } from '../../../core/platform/node-disk.js';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-lock-'));
const script = fileURLToPath(new URL('./lock-contender.js', import.meta.url));

class Contender {
  readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(directory: string) {
    this.process = spawn(process.execPath, [script, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  async ask(word: 'go' | 'release'): Promise<string> {
    this.process.stdin!.write(`${word}\n`);
    return (await this.lines.next()).value as string;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal);
    if (signal === 'SIGKILL') await once(this.process, 'exit');
  }
}

test('of processes that race for a directory one gets it, round after round', async t => {
  const directory = temporary();
  const contenders = [new Contender(directory), new Contender(directory), new Contender(directory)];
  const wins = new Map<Contender, number>();
  for (let round = 0; round < 60; round++) {
    const answers = await Promise.all(contenders.map(contender => contender.ask('go')));
    const winner = contenders[answers.indexOf('held')]!;
    t.is(answers.filter(answer => answer === 'held').length, 1, `round ${round}: ${answers.join(' | ')}`);
    for (const refused of answers.filter(answer => answer !== 'held')) {
      t.regex(refused, new RegExp(`^refused UsageError .* process ${winner.process.pid} .*stop that process`));
    }
    wins.set(winner, (wins.get(winner) ?? 0) + 1);
    await winner.ask('release');
  }
  t.is(readdirSync(directory).filter(name => /^lock-\d+$/.test(name)).length, 1);
  t.deepEqual(
    readdirSync(directory).filter(name => name.endsWith('.socket')),
    [],
  );
  for (const contender of contenders) await contender.kill('SIGKILL');
});

test('whether a directory is held can be asked from anywhere, and hinders nobody', async t => {
  const directory = temporary();
  t.false(await isDirectoryHeld(join(directory, 'nothing')));
  t.false(await isDirectoryHeld(directory));
  const lock = await nodeDisk.lockDirectory(directory);
  t.true(await isDirectoryHeld(directory));
  await lock.release();
  t.false(await isDirectoryHeld(directory));
  const other = new Contender(directory);
  t.is(await other.ask('go'), 'held');
  t.true(await isDirectoryHeld(directory));
  await other.kill('SIGKILL');
  t.false(await isDirectoryHeld(directory));
});

test('a killed holder leaves the lock free at once, and those who then race for it get it once', async t => {
  const directory = temporary();
  for (let round = 0; round < 5; round++) {
    const holder = new Contender(directory);
    t.is(await holder.ask('go'), 'held');
    await t.throwsAsync(nodeDisk.lockDirectory(directory), {
      name: 'UsageError',
      message: new RegExp(`${holder.process.pid}`),
    });
    await holder.kill('SIGKILL');
    const heirs = [new Contender(directory), new Contender(directory)];
    const answers = await Promise.all(heirs.map(heir => heir.ask('go')));
    t.is(answers.filter(answer => answer === 'held').length, 1, answers.join(' | '));
    for (const heir of heirs) await heir.kill('SIGKILL');
  }
  const lock = await nodeDisk.lockDirectory(directory);
  await lock.release();
});

test('a stopped holder still holds, and its file tells who it is', async t => {
  const directory = temporary();
  const holder = new Contender(directory);
  t.is(await holder.ask('go'), 'held');
  await holder.kill('SIGSTOP');
  await t.throwsAsync(nodeDisk.lockDirectory(directory), { message: new RegExp(`process ${holder.process.pid} `) });
  await holder.kill('SIGKILL');
});

test('a directory is not opened twice in one process, and again after its release', async t => {
  const directory = temporary();
  const lock = await nodeDisk.lockDirectory(directory);
  await t.throwsAsync(nodeDisk.lockDirectory(`${directory}/.`), {
    name: 'UsageError',
    message: /already open in this process/,
  });
  await lock.release();
  await (await nodeDisk.lockDirectory(directory)).release();
});

test('a file of the lock that is no socket counts as a dead holder', async t => {
  const directory = temporary();
  writeFileSync(join(directory, 'lock-7'), 'left by a copy of the directory');
  const lock = await nodeDisk.lockDirectory(directory);
  t.deepEqual(readdirSync(directory).sort(), ['lock-8', 'lock-holder.json']);
  await lock.release();
});

test('a path longer than a socket may have is locked all the same', async t => {
  const directory = join(temporary(), 'long'.repeat(40), 'deep'.repeat(30));
  mkdirSync(directory, { recursive: true });
  const holder = new Contender(directory);
  t.is(await holder.ask('go'), 'held');
  await t.throwsAsync(nodeDisk.lockDirectory(directory), { message: new RegExp(`process ${holder.process.pid} `) });
  await holder.kill('SIGKILL');
  await (await nodeDisk.lockDirectory(directory)).release();
  t.deepEqual(readdirSync(directory).sort(), ['lock-2', 'lock-holder.json']);
});

test('a directory that may not be written is refused with what to do', t => {
  const directory = temporary();
  chmodSync(directory, 0o555);
  const disk = new URL('../../../core/platform/node-disk.js', import.meta.url);
  const tried = `
    const { nodeDisk } = await import('${disk}');
    if (process.getuid() === 0) process.setuid('nobody');
    await nodeDisk.lockDirectory('${directory}').catch(error => console.log(error.name, error.message));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', tried], { encoding: 'utf8' });
  t.regex(stdout, /^UsageError .*cannot be a data directory.*use another directory/);
  rmSync(directory, { recursive: true });
});

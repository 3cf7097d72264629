import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { writtenFiles } from './file-writing.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./file-sink-on-a-bad-disk.js', import.meta.url));
const recordCount = 2_000;

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'millrace-file-faults-'));
}

/** Starts the sink; `said` resolves when its status says something, with all that it has said. */
function begin(command: string, args: readonly string[], options: object, uid?: number) {
  const child = spawn(command, [...args, JSON.stringify(options), String(recordCount)], {
    stdio: 'pipe',
    ...(uid !== undefined && { uid }),
  });
  let [text, errors] = ['', ''];
  const waiting = new Set<() => void>();
  child.stderr.on('data', chunk => (errors += String(chunk)));
  child.stdout.on('data', chunk => {
    text += String(chunk);
    for (const look of waiting) look();
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.on('close', code =>
      code === 0 ? resolve(text) : reject(new Error(`ended with ${code}: ${text}\n${errors}`)),
    );
  });
  const said = (pattern: RegExp) =>
    Promise.race([
      ended,
      new Promise<string>(resolve => {
        const look = () => {
          if (pattern.test(text)) resolve(text);
        };
        waiting.add(look);
        look();
      }),
    ]);
  return { child, ended, said };
}

/** The `n` of each line, in the order of the files; none of them torn. */
async function numbers(directory: string): Promise<number[]> {
  const finished = [...(await writtenFiles(directory))].filter(([path]) => !path.startsWith('.'));
  const texts = finished.map(([, bytes]) => String(bytes).trimEnd().split('\n'));
  return texts.flat().map(line => (JSON.parse(line) as { n: number }).n);
}

const all = Array.from({ length: recordCount }, (_, n) => n);

test('a disk that takes no more is asked again, the status says so, and everything is written once it takes more', async t => {
  t.timeout(180_000);
  const isThere = await run('prlimit', ['--version']).catch(() => undefined);
  if (isThere === undefined) {
    t.log('left out: prlimit, to limit what a process may write');
    t.pass();
    return;
  }
  const output = join(await folder(), 'out');
  // The kernel refuses in the middle of a write, as a full disk does.
  const sink = begin('prlimit', ['--fsize=300000:unlimited', process.execPath, program, output], {
    'flush.size': 5000,
  });
  const said = await sink.said(/put fails: .*EFBIG/);
  t.regex(said, /RUNNING .*put fails: .* cannot be written: EFBIG/);
  await run('prlimit', ['--pid', String(sink.child.pid), '--fsize=unlimited:unlimited']);
  t.regex(await sink.ended, /done/);
  t.deepEqual(await numbers(output), all);
});

test('a directory that cannot be written to is tried again, the status says so, and everything is written once it can be', async t => {
  t.timeout(180_000);
  const root = await folder();
  const output = join(root, 'out');
  await chmod(root, 0o755);
  await mkdir(output, { mode: 0o555 });
  await chmod(output, 0o555);
  // For root there is no such directory: the sink is nobody then.
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const sink = begin(process.execPath, [program, output], { 'flush.size': 700 }, uid);
  t.regex(await sink.said(/EACCES/), /RESTARTING .*cannot be opened: EACCES/);
  await chmod(output, 0o777);
  t.regex(await sink.ended, /done/);
  t.deepEqual(await numbers(output), all);
});

test('a directory that is removed while it is written to is made anew, and nothing that was not committed is missing', async t => {
  t.timeout(180_000);
  const root = await folder();
  const [output, away] = [join(root, 'out'), join(root, 'away')];
  // Nothing is finished before the directory is gone.
  const sink = begin(process.execPath, [program, output], { 'rotate.schedule.interval.ms': 1500, 'flush.size': 5000 });
  await sink.said(/RUNNING/);
  await rename(output, away);
  t.regex(await sink.ended, /done/);
  const before = await numbers(away);
  t.deepEqual([...before, ...(await numbers(output))], all);
});

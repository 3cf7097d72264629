// Files and folders that the process may not read: which right is missing to what is said in the status; where others can be read, they are.

import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startConnector } from '../../connect/index.js';
import { fileSource, fileStreamSource } from '../../connectors/file/index.js';
import { openLog } from '../../core/index.js';
import { recordsOf } from '../connect/places.js';
import { quiet } from '../connect/quiet.js';
import { FileReading } from './source-context.js';

const isRoot = process.geteuid?.() === 0;

// Root may read everything: this process is nobody, but where it gives and takes rights. One test at a time, as that holds for all of it.
const asOwner = async (work: () => Promise<void>): Promise<void> => {
  if (isRoot) process.seteuid!(0);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid!(65_534);
  }
};
test.beforeEach(() => void (isRoot && process.seteuid!(65_534)));
test.afterEach.always(() => void (isRoot && process.seteuid!(0)));

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  let directory = '';
  await asOwner(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-file-rights-'));
    await chmod(directory, 0o755);
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  });
  return directory;
}

const rights = (path: string, mode: number) => asOwner(() => chmod(path, mode));

for (const [kind, connector] of [
  ['a file source', fileSource],
  ['a FileStreamSource', fileStreamSource],
] as const) {
  test.serial(
    `${kind} whose file may not be read says so in its status, fails in the end, and reads it once it may`,
    async t => {
      const file = join(await folder({ 'app.log': 'one\ntwo\n' }), 'app.log');
      await rights(file, 0o600);
      await using log = await openLog('memory:');
      await log.admin().createTopics([{ name: 'lines', partitions: 1 }]);
      const start = (attempts: number) =>
        startConnector(log, {
          name: 'in',
          connector,
          logger: quiet,
          config: {
            file,
            topic: 'lines',
            'restart.backoff.ms': 20,
            'restart.backoff.max.ms': 50,
            'restart.attempts.max': attempts,
          },
        });
      const failing = await start(3);
      const error = await t.throwsAsync(failing.done);
      t.regex(
        error.message,
        /app\.log may not be read \(EACCES\).*right to read .*app\.log \(r\).*mode is 0600.*chmod/,
      );
      t.is(failing.status().state, 'FAILED');
      const patient = await start(10_000);
      while (patient.status().tasks[0]!.state !== 'RESTARTING') await log.ports.clock.sleep(10);
      t.regex(patient.status().tasks[0]!.trace!, /may not be read/);
      await rights(file, 0o644);
      while ((await recordsOf(log, 'lines')).length < 2) await log.ports.clock.sleep(10);
      while (patient.status().tasks[0]!.state !== 'RUNNING') await log.ports.clock.sleep(10);
      await patient.stop();
      t.deepEqual(
        (await recordsOf(log, 'lines')).map(({ value }) => value),
        ['one', 'two'],
      );
    },
  );
}

test.serial('a folder on the way that may not be entered is named', async t => {
  const directory = await folder({ 'app.log': 'one\n' });
  await rights(directory, 0o700);
  const file = join(directory, 'app.log');
  await t.throwsAsync(new FileReading().start({ file, mode: 'tail' }), {
    message: /right to list and enter the directory .*millrace-file-rights-\w+ \(r-x\): its mode is 0700/,
  });
});

for (const mode of ['tail', 'spool'] as const) {
  test.serial(
    `of a folder that is read by ${mode}, one file that may not be read is told once and the others are read`,
    async t => {
      const directory = await folder({ 'a.log': 'one\n', 'b.log': 'two\n', 'c.log': 'three\n' });
      await rights(join(directory, 'b.log'), 0o600);
      const reading = await new FileReading().start({ file: `${directory}/*.log`, mode });
      const until = async (line: string) => {
        while (!reading.values.includes(line)) await reading.poll();
      };
      await until('three');
      await asOwner(() => writeFile(join(directory, 'd.log'), 'four\n'));
      await until('four');
      t.deepEqual(reading.take(), ['one', 'three', 'four']);
      t.is(reading.messages.filter(message => /b\.log may not be read.*left out/.test(message)).length, 1);
      await rights(join(directory, 'b.log'), 0o644);
      await until('two');
      t.deepEqual(reading.take(), ['two']);
      await reading.stop();
    },
  );
}

test.serial(
  'with once, the files that may be read are read, and then the source fails with the one that may not',
  async t => {
    const directory = await folder({ 'a.log': 'one\n', 'b.log': 'two\n', 'c.log': 'three\n' });
    await rights(join(directory, 'b.log'), 0o600);
    const reading = await new FileReading().start({ file: `${directory}/*.log`, mode: 'once' });
    await t.throwsAsync(reading.read(1_000), { message: /b\.log may not be read/ });
    t.deepEqual(reading.take(), ['one', 'three']);
    await reading.stop();
    await rights(join(directory, 'b.log'), 0o644);
    const again = await reading.start({ file: `${directory}/*.log`, mode: 'once' });
    t.deepEqual((await again.read()).take(), ['two']);
    await again.stop();
  },
);

test.serial('a folder below that may not be listed is told, and where nothing can be read the task fails', async t => {
  const directory = await folder({ 'a.log': 'one\n' });
  const below = join(directory, 'below');
  await asOwner(async () => {
    await mkdir(below);
    await writeFile(join(below, 'b.log'), 'two\n');
    await chmod(below, 0o700);
  });
  const reading = await new FileReading().start({ file: `${directory}/**/*.log`, mode: 'tail' });
  while (reading.values.length === 0) await reading.poll();
  t.deepEqual(reading.take(), ['one']);
  t.true(reading.messages.some(message => /below may not be read.*list and enter the directory/.test(message)));
  await reading.stop();
  for (const mode of ['tail', 'spool', 'once'] as const) {
    const blind = new FileReading();
    await t.throwsAsync(
      async () => {
        await blind.start({ file: `${directory}/*/*.log`, mode });
        await blind.read();
      },
      { message: /below may not be read/ },
      mode,
    );
    await blind.stop();
  }
});

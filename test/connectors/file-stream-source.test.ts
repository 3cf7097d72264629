// FileStreamSource, where the file changes between two looks of the task: each change is made at a known point, between two polls or while it says what it has seen.

import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { SourceContext, SourceOffset, SourceTask } from '../../connect/api/index.js';
import { fileStreamSource } from '../../connectors/file/index.js';
import { nodePorts } from '../../core/platform/node-ports.js';

class Reading {
  readonly file: string;
  readonly lines: string[] = [];
  readonly warnings: string[] = [];
  /** Called once, in the middle of a poll, as the task tells what it has seen. */
  atNextWarning: ((message: string) => void) | undefined;
  offset: SourceOffset | undefined;
  #task: SourceTask | undefined;
  readonly #abort = new AbortController();

  constructor(file: string) {
    this.file = file;
  }

  async start(): Promise<this> {
    const warn = (message: string) => {
      this.warnings.push(message);
      const { atNextWarning } = this;
      this.atNextWarning = undefined;
      atNextWarning?.(message);
    };
    const context: SourceContext = {
      connector: 'test',
      task: 0,
      logger: { debug: () => {}, info: () => {}, warn, error: warn },
      // Nothing to wait for: every change is there when it is polled.
      clock: { ...nodePorts().clock, sleep: () => Promise.resolve() },
      metrics: { count: () => {}, gauge: () => {} },
      signal: this.#abort.signal,
      failpoint: () => {},
      offset: () => this.offset,
      offsets: () => [],
    };
    this.#task = await fileStreamSource.start({ file: this.file, topic: 'lines', 'batch.size': 2_000 }, context);
    return this;
  }

  /** Each time to where there is nothing more, some times over: what is noticed by one look is read by the next. */
  async read(): Promise<readonly string[]> {
    for (let idle = 0; idle < 4; ) {
      const polled = await this.#task!.poll!(this.#abort.signal);
      if (polled === 'ended') break;
      idle = polled.length === 0 ? idle + 1 : 0;
      for (const batch of polled) {
        this.offset = batch.offset;
        this.lines.push(...batch.records.map(record => String(record.value)));
      }
    }
    return this.lines.splice(0);
  }

  /** What was read is `app.log.1` now, or `.2`, and a new file is in its place. */
  rotate(text: string, suffix = '.1'): void {
    renameSync(this.file, this.file + suffix);
    writeFileSync(this.file, text);
  }

  async stop(): Promise<void> {
    await this.#task!.close!();
  }
}

async function reading(text: string): Promise<Reading> {
  const file = join(await mkdtemp(join(tmpdir(), 'millrace-file-stream-')), 'app.log');
  writeFileSync(file, text);
  return new Reading(file).start();
}

test('what is added to a file just before it is rotated is read before the new one', async t => {
  const source = await reading('one\n');
  t.deepEqual(await source.read(), ['one']);
  appendFileSync(source.file, 'two\n');
  source.rotate('three\n');
  t.deepEqual(await source.read(), ['two', 'three']);
  t.is(source.warnings.length, 1);
  await source.stop();
});

test('a file that is rotated again after its successor was seen and before it was opened: the one that is there is read from its start', async t => {
  const source = await reading('a first line, longer than all that follow\n');
  await source.read();
  source.rotate('soon gone\n');
  source.atNextWarning = message => {
    t.regex(message, /was replaced/);
    source.rotate('one\ntwo\n', '.2');
  };
  t.deepEqual(await source.read(), ['one', 'two']);
  t.is(source.warnings.length, 1);
  appendFileSync(source.file, 'three\n');
  t.deepEqual(await source.read(), ['three']);
  t.deepEqual(source.offset, { position: 14 });
  await source.stop();
});

test('a file that is gone after its successor was seen is waited for, and read from its start when it is there', async t => {
  const source = await reading('one\n');
  await source.read();
  source.rotate('two\n');
  source.atNextWarning = () => renameSync(source.file, `${source.file}.2`);
  t.deepEqual(await source.read(), []);
  t.regex(source.warnings.at(-1)!, /there is no .*app\.log yet: waiting/);
  renameSync(`${source.file}.2`, source.file);
  t.deepEqual(await source.read(), ['two']);
  await source.stop();
});

test('a file that is copied and truncated between two reads is read from its start, without the beginning of a line that it had', async t => {
  const source = await reading('one\nhalf a li');
  t.deepEqual(await source.read(), ['one']);
  truncateSync(source.file, 0);
  t.deepEqual(await source.read(), []);
  t.regex(source.warnings.at(-1)!, /was truncated/);
  appendFileSync(source.file, 'two\n');
  t.deepEqual(await source.read(), ['two']);
  truncateSync(source.file, 0);
  appendFileSync(source.file, '3\n');
  t.deepEqual(await source.read(), ['3']);
  t.deepEqual(source.offset, { position: 2 });
  await source.stop();
  const again = new Reading(source.file);
  again.offset = source.offset;
  await again.start();
  appendFileSync(source.file, 'four\n');
  t.deepEqual(await again.read(), ['four']);
  await again.stop();
});

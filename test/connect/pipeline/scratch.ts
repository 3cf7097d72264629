// What the tests of pipelines begin with: a folder of their own, pipelines in it, and the connectors that need no server.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type CompiledPipeline, type ConnectorShelf, loadPipeline } from '../../../connect/pipeline/index.js';
import { fileSink, fileSource } from '../../../connectors/file/index.js';

export const connectors: ConnectorShelf = { file: async () => ({ source: fileSource, sink: fileSink }) };

export class Scratch {
  readonly path: string;

  constructor(t: ExecutionContext) {
    this.path = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
    t.teardown(() => rmSync(this.path, { recursive: true, force: true }));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.file(name), text);
    return this.file(name);
  }

  /** `{DIR}` in the text is the folder. */
  load(
    text: string,
    options: { environment?: Record<string, string>; isLenient?: boolean } = {},
  ): Promise<CompiledPipeline> {
    const file = this.write('pipeline.yaml', text.replaceAll('{DIR}', this.path));
    return loadPipeline(file, { connectors, environment: {}, ...options });
  }

  /** What the file sink has written to a folder, in order. */
  lines(folder: string): unknown[] {
    const names = readdirSync(this.file(folder))
      .filter(name => name.endsWith('.jsonl'))
      .toSorted();
    const text = names.map(name => readFileSync(join(this.path, folder, name), 'utf8')).join('');
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line));
  }
}

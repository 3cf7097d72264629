// `./clean.ts#onlyLate`: what a module beside the pipeline exports under that name; without one, its default.

import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { didYouMean } from '../../core/index.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';

const reference = /^(\.{1,2}\/[^#]*\.[cm]?[jt]s)(?:#(\w+))?$/;

export function isFileReference(text: string): boolean {
  return reference.test(text);
}

/** How modules come in: `import`, or what the command line does so that TypeScript runs on any Node. */
export type ImportModule = (file: string) => Promise<Readonly<Record<string, unknown>>>;

export class ModuleLoader {
  readonly #directory: string;
  readonly #importModule: ImportModule;

  /** References are meant from where the pipeline's file lies; without one from the working directory. */
  constructor(pipelineFile: string | undefined, importModule: ImportModule = importFile) {
    this.#directory = pipelineFile === undefined ? process.cwd() : dirname(resolve(pipelineFile));
    this.#importModule = importModule;
  }

  /** What the reference names. Undefined, with the faults noted, where there is no such export. */
  load(text: string, path: Path, faults: FaultList): Promise<unknown> {
    const [, file = '', name = 'default'] = reference.exec(text) ?? [];
    return this.#load(file, name, path, faults);
  }

  /** The default export of a file. */
  loadFile(file: string, faults: FaultList): Promise<unknown> {
    return this.#load(file, 'default', [], faults);
  }

  async #load(file: string, name: string, path: Path, faults: FaultList): Promise<unknown> {
    try {
      const exported = await this.#importModule(resolve(this.#directory, file));
      if (exported[name] !== undefined) return exported[name];
      faults.add(path, `${file} exports no "${name}"${didYouMean(name, Object.keys(exported))}`);
    } catch (error) {
      faults.add(path, `${file} cannot be imported: ${(error as Error).message.split('\n')[0]}`);
    }
    return undefined;
  }
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

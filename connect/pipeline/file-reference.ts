// `./clean.ts#onlyLate`: what a module beside the pipeline exports under that name; without one, its default.

import { dirname, resolve } from 'node:path';
import { didYouMean, importModule as importAny } from '../../core/index.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import { placedInFile } from './placed-in-file.js';

const reference = /^(\.{1,2}\/[^#]*\.[cm]?[jt]s)(?:#(\w+))?$/;

export function isFileReference(text: string): boolean {
  return reference.test(text);
}

/** How modules come in. */
export type ImportModule = (file: string) => Promise<Readonly<Record<string, unknown>>>;

export class ModuleLoader {
  readonly #directory: string;
  readonly #importModule: ImportModule;

  /** References are meant from where the pipeline's file lies; without one from the working directory. */
  constructor(pipelineFile: string | undefined, importModule: ImportModule = importAny) {
    this.#directory = pipelineFile === undefined ? process.cwd() : dirname(resolve(pipelineFile));
    this.#importModule = importModule;
  }

  /** What the reference names. Undefined, with the faults noted, where there is no such export. */
  load(text: string, path: Path, faults: FaultList): Promise<unknown> {
    const [, file = '', name = 'default'] = reference.exec(text) ?? [];
    return this.#load(file, name, path, faults);
  }

  /** Of the file that the reference names. */
  pathOf(text: string): string {
    return resolve(this.#directory, reference.exec(text)?.[1] ?? '');
  }

  /** The default export of a file. */
  loadFile(file: string, faults: FaultList): Promise<unknown> {
    return this.#load(file, 'default', [], faults);
  }

  async #load(file: string, name: string, at: Path, faults: FaultList): Promise<unknown> {
    const path = resolve(this.#directory, file);
    try {
      const exported = await this.#importModule(path);
      if (exported[name] !== undefined) return exported[name];
      faults.add(at, `${file} exports no "${name}"${didYouMean(name, Object.keys(exported))}`);
    } catch (error) {
      faults.add(at, `${file} cannot be imported: ${placedInFile(error as Error, path).message.split('\n')[0]}`);
    }
    return undefined;
  }
}

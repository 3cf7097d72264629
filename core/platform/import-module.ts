// A user's module, JavaScript or TypeScript. What Node can load it loads: TypeScript from 22.18 on, or behind a loader such as
// `node --import tsx`. TypeScript that it cannot is loaded by jiti: all of it on older Node; enums, parameter properties, imports without an ending
// and aliases of tsconfig.json on any. Packages come from Node also then, so there is one millrace.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Exports = Readonly<Record<string, unknown>>;

/** The exports of the module at `file`. Throws SyntaxError, with the file and its line where they are known, for what is no module; else what it threw. */
export async function importModule(file: string): Promise<Exports> {
  const path = resolve(file);
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (error) {
    if (!isForJiti(error as NodeJS.ErrnoException, path)) throw error;
    return await importByJiti(path);
  }
}

/** All of these come before anything of the module has run. */
function isForJiti(error: NodeJS.ErrnoException, path: string): boolean {
  if (error.code === 'ERR_UNKNOWN_FILE_EXTENSION') return / "\.[cm]?ts" /.test(error.message);
  if (error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return true;
  return /\.[cm]?ts$/.test(path) && (error instanceof SyntaxError || codesOfImports.has(error.code ?? ''));
}

const codesOfImports = new Set(['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT']);

async function importByJiti(path: string): Promise<Exports> {
  const { createJiti } = await import('jiti');
  // Its cache of files would lie where others may write.
  const jiti = createJiti(path, { fsCache: false, interopDefault: false, tsconfigPaths: true });
  let exports: Exports;
  try {
    exports = await jiti.import<Exports>(path);
  } catch (error) {
    throw inOneLine(error as ResolveError);
  }
  return isOfCommonJs(exports) ? { default: exports, ...exports } : exports;
}

/** Its `module.exports` is the default then, as Node has it. A module that exports nothing looks the same but for being empty. */
function isOfCommonJs(exports: unknown): boolean {
  const isObject = typeof exports === 'object' && exports !== null;
  return !isObject || !('__esModule' in exports || Object.keys(exports).length === 0);
}

interface ResolveError extends Error {
  readonly requireStack?: readonly string[];
}

/** What jiti tells on several lines; all other errors are the module's own. */
function inOneLine(error: ResolveError): Error {
  const [, what, where] = /^ParseError: (.+?)\s*\n\s*(.+:\d+):\d+$/.exec(error.message) ?? [];
  if (what !== undefined) return new SyntaxError(`${what} (${where})`, { cause: error });
  const importer = error.requireStack?.[0];
  if (importer === undefined) return error;
  return new Error(`${error.message.split('\n')[0]}, which ${importer} imports`, { cause: error });
}

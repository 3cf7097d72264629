import { readFileSync } from 'node:fs';
import { UsageError } from '../../core/index.js';
import { compilePipeline } from './compile-pipeline.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import type { ConnectorShelf } from './connector-kit.js';
import { type ImportModule, ModuleLoader } from './file-reference.js';
import { type PipelineDocument, parsePipeline, pipelineInCode } from './pipeline-document.js';
import { environmentOf, resolveVariables } from './variables.js';
import { withTopics } from './with-topics.js';

export interface LoadOptions {
  readonly connectors: ConnectorShelf;
  readonly importModule?: ImportModule | undefined;
  /** For `${NAME}`. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Variables that are not set are told as warnings, not as faults: for looking at a pipeline where it does not run. */
  readonly isLenient?: boolean | undefined;
}

/** Reads the pipeline of a YAML, JSON, JavaScript or TypeScript file. Throws PipelineError that tells every fault with its place. */
export async function loadPipeline(file: string, options: LoadOptions): Promise<CompiledPipeline> {
  const document = /\.[cm]?[jt]s$/.test(file) ? await ofModule(file, options) : parsePipeline(textOf(file), file);
  return await compile(document, file, options);
}

/** As `loadPipeline`, for a pipeline given in code. */
export async function preparePipeline(pipeline: unknown, options: LoadOptions): Promise<CompiledPipeline> {
  return await compile(pipelineInCode(pipeline), undefined, options);
}

function compile(
  document: PipelineDocument,
  file: string | undefined,
  options: LoadOptions,
): Promise<CompiledPipeline> {
  const { connectors, importModule } = options;
  const value = resolveVariables(document.value, document.faults, {
    environment: options.environment ?? environmentOf(),
    isLenient: options.isLenient === true,
  });
  const modules = new ModuleLoader(file, importModule);
  return compilePipeline({ value, faults: document.faults }, { file, connectors: withTopics(connectors), modules });
}

async function ofModule(file: string, { importModule }: LoadOptions): Promise<PipelineDocument> {
  const loader = new ModuleLoader(undefined, importModule);
  const { faults } = pipelineInCode(undefined, file);
  const path = file.startsWith('.') || file.startsWith('/') ? file : `./${file}`;
  return { value: await loader.loadFile(path, faults), faults };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(
      `${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : (error as Error).message}`,
    );
  }
}

import { existsSync } from 'node:fs';
import type { CompiledPipeline } from '../../../connect/pipeline/index.js';
import { InvalidInput } from '../../exit-code.js';
import { loadModule } from '../../load-module.js';
import { nearestEntry } from '../../nearest-entry.js';
import { pipelineConnectors } from '../../pipeline-connectors.js';

/** The pipeline of a file. `isLenient`: environment variables may be missing. */
export async function loadPipelineFile(file: string, options: { isLenient?: boolean } = {}): Promise<CompiledPipeline> {
  if (!existsSync(file)) throw new InvalidInput(`there is no file ${file}${await nearestEntry(file)}`);
  const { loadPipeline } = await import('../../../connect/pipeline/index.js');
  return await loadPipeline(file, { connectors: pipelineConnectors, importModule: loadModule, ...options });
}

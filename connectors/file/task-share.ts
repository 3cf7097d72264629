import { createHash } from 'node:crypto';
import type { FileSourceConfig } from './file-source-config.js';

/** Whether a file (by its name) is this task's. */
export function isOfTask(name: string, config: FileSourceConfig): boolean {
  const count = config['task.count'];
  if (count === 1) return true;
  return createHash('sha256').update(name).digest().readUInt32BE(0) % count === config['task.index'];
}

import { type Log, openLog, type Ports } from '../../core/index.js';
import type { StateDirectory } from './state-directory.js';

/** Of what was delivered, whole segments go: they are small, and go soon. */
export const segmentBytes = 4 * 1024 * 1024;
const retentionCheckIntervalMs = 5_000;

/** The log in which a pipeline keeps what was read and is not yet written. Rejects while another process has it. */
export function openPipelineLog(state: StateDirectory, ports: Ports | undefined): Promise<Log> {
  return openLog(state.logUrl, { broker: { retentionCheckIntervalMs }, ...(ports !== undefined && { ports }) });
}

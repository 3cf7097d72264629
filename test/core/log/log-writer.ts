// A process of its own that appends to a data directory for ever and says what was acknowledged, until a failpoint or a signal ends it.

import { defaultLogConfig } from '../../../core/log/log-config.js';
import { LogDirectory } from '../../../core/log/log-directory.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { appendOptions, batchOf, topicId } from './batches.js';

const ports = nodePorts();
const directory = await LogDirectory.open(ports, { directory: process.argv[2]!, nodeId: 1, flush: { kind: 'commit' } });
const config = { ...defaultLogConfig, segmentBytes: 2_000, indexIntervalBytes: 200 };
const log = directory.openLog({ topic: 'orders', partition: 0, topicId, config });
for (let round = 0; ; round++) {
  const { baseOffset } = log.append(batchOf([`${log.logEndOffset}`, `${log.logEndOffset + 1}`]), appendOptions);
  await log.flushed(baseOffset + 2);
  process.stdout.write(`${baseOffset + 2}\n`);
  if (round % 20 === 19) await directory.checkpoint();
}

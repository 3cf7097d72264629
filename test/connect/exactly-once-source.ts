// A source that a test starts as a process of its own, until it is at the end of its file or a failpoint kills it.
// Arguments: URL of the log, input file, name of the connector.

import { startConnector } from '../../connect/index.js';
import { fileSource } from '../../connectors/file/index.js';
import { openLog, topic } from '../../core/index.js';

async function run([url, file, name]: readonly string[]): Promise<void> {
  const log = await openLog(url!);
  const source = await startConnector(log, {
    name: name!,
    connector: fileSource,
    topic: topic(`${name}-lines`, { partitions: 2 }),
    config: {
      file,
      format: 'lines',
      mode: 'once',
      'batch.bytes': 1024,
      'offsets.storage.topic': `${name}-offsets`,
      'exactly.once.source.support': 'enabled',
      'exactly.once.support': 'required',
      map: (line: string) => ({ key: line.slice(0, 3), value: line }),
    },
  });
  await source.done;
  await log.close();
}

await run(process.argv.slice(2));

// A pipeline that a crash test starts as a process of its own: a file into a topic, the topic into files. It ends by itself when all
// of the file is there. Arguments: log directory, input file, output directory.

import { startConnector } from '../../connect/index.js';
import { fileSink, fileSource } from '../../connectors/file/index.js';
import { openLog, topic } from '../../core/index.js';

async function run([directory, file, output]: readonly string[]): Promise<void> {
  const log = await openLog(`file:${directory}`);
  const lines = topic('lines', { partitions: 2 });
  const source = await startConnector(log, {
    name: 'source',
    connector: fileSource,
    topic: lines,
    config: {
      file,
      format: 'lines',
      mode: 'once',
      'batch.bytes': 512,
      'offset.flush.interval.ms': 1,
      map: (line: string) => ({ key: line.slice(0, 3), value: line }),
    },
  });
  const sink = await startConnector(log, {
    name: 'sink',
    connector: fileSink,
    config: {
      topics: 'lines',
      directory: output,
      content: 'record',
      'value.converter': 'string',
      'flush.size': 7,
      'offset.flush.interval.ms': 5,
    },
  });
  await source.done;
  await sink.finish();
  await log.close();
}

await run(process.argv.slice(2));

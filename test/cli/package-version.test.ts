// What is built in says the version of the package, wherever it is asked: workers, brokers, people.

import test from 'ava';
import { packageVersion } from '../../cli/package-version.js';
import { pipelineConnectors } from '../../cli/pipeline-connectors.js';
import { fileStreamSink, fileStreamSource } from '../../connectors/file/index.js';
import { clientSoftware } from '../../core/client/network/negotiation.js';

test('connectors and clients have the version of the package', async t => {
  const shelves = await Promise.all(Object.values(pipelineConnectors).map(open => open()));
  const connectors = [...shelves.flatMap(({ source, sink }) => [source, sink]), fileStreamSource, fileStreamSink];
  for (const connector of connectors) t.is(connector?.version, packageVersion(), connector?.name ?? 'there is one');
  t.is(clientSoftware.clientSoftwareVersion, packageVersion());
});

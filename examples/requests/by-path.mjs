// Requests, failures and bytes per path: `millrace run by-path.mjs --finish`.

import { json, topic, topology } from 'millrace';

const requests = topic('requests', { value: json() });
const paths = topic('requests-by-path', { value: json() });

const app = topology('requests-by-path');
app
  .stream(requests)
  .groupByKey()
  .aggregate({
    name: 'paths',
    value: json(),
    init: () => ({ requests: 0, failures: 0, bytes: 0 }),
    add: (path, { status, bytes }) => ({
      requests: path.requests + 1,
      failures: path.failures + (status >= 400 ? 1 : 0),
      bytes: path.bytes + bytes,
    }),
  })
  .toStream()
  .to(paths);

export default app;

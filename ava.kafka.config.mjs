// The suites that take their place from MILLRACE_TEST_URL, and those about Apache Kafka itself: `npm run test:kafka`.
import config from './ava.config.mjs';

export default {
  ...config,
  files: [
    'test/kafka/**/*.test.ts',
    'test/core/open*.test.ts',
    'test/core/network/security.test.ts',
    'test/examples/on-a-cluster.test.ts',
    'test/core/client/{admin,consumer,groups,producer,transactions}*.test.ts',
    'test/streams/{changelog-retention,runtime,sharing}*.test.ts',
    'test/connect/{runtime,exactly-once}.test.ts',
    'test/connect/pipeline/servers.test.ts',
  ],
  concurrency: 2,
  timeout: '5m',
};

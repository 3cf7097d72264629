// What .ci/run has time for on a real Kafka.
import config from './ava.kafka.config.mjs';

export default {
  ...config,
  files: ['test/kafka/**/*.test.ts', 'test/core/client/{consumer,groups,producer,transactions}.test.ts'],
};

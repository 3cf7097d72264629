// What .ci/run has time for on a real Kafka: about two minutes.
import config from './ava.kafka.config.mjs';

export default {
  ...config,
  files: [
    'test/kafka/{java-clients,java-tools}.test.ts',
    'test/core/client/{producer,groups,transactions}.test.ts',
    'test/streams/runtime.test.ts',
  ],
};

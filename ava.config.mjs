// Tests are written in test/, compiled by tsc into dist/test/, and run from there.
export default {
  // Those in test/crash measure how soon a killed process works again: they run alone (ava.alone.config.mjs).
  // Those in test/kafka need a real Kafka (ava.kafka.config.mjs).
  files: ['test/**/*.test.ts', '!test/crash/**', '!test/kafka/**', '!test/core/network/security.test.ts'],
  typescript: { rewritePaths: { 'test/': 'dist/test/' }, compile: false },
  workerThreads: false,
  timeout: '3m',
};

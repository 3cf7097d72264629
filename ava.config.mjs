// Tests are written in test/, compiled by tsc into dist/test/, and run from there.
export default {
  files: ['test/**/*.test.ts'],
  typescript: { rewritePaths: { 'test/': 'dist/test/' }, compile: false },
  workerThreads: false,
  timeout: '3m',
};

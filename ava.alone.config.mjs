// Tests that must not share the processors with others.
import config from './ava.config.mjs';

export default { ...config, files: ['test/crash/**/*.test.ts'], concurrency: 1 };

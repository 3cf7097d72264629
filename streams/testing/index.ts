// The face of the test driver.

export type { TestRecord } from './stored-record.js';
export { TestDriver, type TestDriverOptions, type TestInput } from './test-driver.js';
export { type TestRow, TestStore } from './test-store.js';
export { VirtualClock } from './virtual-clock.js';

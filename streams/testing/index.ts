// The face of what tests of streams applications are made with: the test driver, and the crash explorer.

export type {
  Boundary,
  BoundaryKind,
  CrashFailure,
  CrashInput,
  CrashKind,
  CrashReport,
  CrashScenario,
} from './crash-scenario.js';
export { exploreCrashes } from './explore-crashes.js';
export type { TestRecord } from './stored-record.js';
export { TestDriver, type TestDriverOptions, type TestInput } from './test-driver.js';
export { type TestRow, TestStore } from './test-store.js';
export { VirtualClock } from './virtual-clock.js';

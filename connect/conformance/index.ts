// The face of `millrace/connect/conformance`: what every connector must show, for the tests of whoever writes one.

export type { ConformanceCase, ConformanceOutcome } from './conformance-case.js';
export { ConformanceFailure } from './conformance-failure.js';
export { connectorSuite, type SuiteOptions } from './connector-suite.js';
export type {
  Held,
  Options,
  Place,
  SinkPlace,
  SinkUnderTest,
  SourcePlace,
  SourceUnderTest,
  WrongOptions,
} from './fixtures.js';

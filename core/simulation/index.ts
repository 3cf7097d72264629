// The face of the simulated ports: a clock that stands still until it is driven, a disk that loses and tears what was not flushed, chance from
// one seed. A log opened on them (`openLog('file:/data', { ports })`) is the same log, and what happens to it can be repeated.

export { type Outcome, SimulatedClock } from './clock.js';
export { type DiskOperation, SimulatedDisk, type WriteUnderWay } from './disk.js';
export { FaultCounts, type FaultName, faultNames } from './faults.js';
export { simulatedRandom } from './random.js';
export { type SimulatedWorld, simulatedPorts } from './simulated-ports.js';

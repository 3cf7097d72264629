// The package `millrace`: all of its faces at once. Whoever wants less imports millrace/core, millrace/streams or millrace/connect.

export * from './connect/index.js';
export * from './core/index.js';
export * from './streams/index.js';

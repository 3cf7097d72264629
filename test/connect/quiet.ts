/** A log of connectors that nobody reads. */
export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

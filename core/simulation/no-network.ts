import { WorldFault } from '../base/errors.js';
import type { Network } from '../ports/network.js';

/** A world without a network: whoever connects anyway learns it at once. */
export const noNetwork: Network = {
  connect: ({ host, port }) =>
    Promise.reject(new WorldFault(`${host}:${port}: this simulation has no network`, { isRetriable: false })),
};

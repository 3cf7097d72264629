import { AssertionFailure } from '../../core/index.js';
import type { AppOptions, RunnableTopology } from './app-options.js';
import type { StreamsApp } from './streams-app.js';

/** Starts a topology on a log. Resolves when its partitions are assigned and its stores restored. */
export function runApp(topology: RunnableTopology, options: AppOptions): Promise<StreamsApp> {
  return Promise.reject(new AssertionFailure(`no runtime yet for ${topology.build().name} ${options.applicationId}`));
}

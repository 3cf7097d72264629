// What `millrace run` runs: a topology, or a function that is given the log and starts an application. A module's default export is
// taken when it is one of both, else its only export that is.

import type { Log } from '../core/index.js';
import type { StreamsApp, Topology } from '../streams/index.js';
import { InvalidInput } from './exit-code.js';

/** Starts the application on a log. */
export type Program = (log: Log, applicationId: string | undefined) => Promise<StreamsApp>;

/** Finds what to run among the exports of a module. Throws InvalidInput when that is nothing, or not clear. */
export function programOf(exports: Readonly<Record<string, unknown>>, module: string): Program {
  const [only, ...others] = 'default' in exports ? [unwrapped(exports['default'])] : candidates(exports);
  if (others.length > 0) {
    throw new InvalidInput(`${module} exports several topologies or functions: make the one to run its default export`);
  }
  if (isTopology(only)) return (log, applicationId) => runTopology(only, log, applicationId);
  if (typeof only === 'function') return log => callFunction(only as AppFunction, log, module);
  const names = Object.keys(exports).join(', ') || 'nothing';
  throw new InvalidInput(`${module} exports no topology and no function (log) => app (it exports: ${names})`);
}

type AppFunction = (log: Log) => unknown;

/** A module that was compiled to CommonJS has its default export one level deeper. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isTopology(value)) return value;
  return 'default' in value ? value.default : value;
}

function candidates(exports: Readonly<Record<string, unknown>>): unknown[] {
  const values = Object.values(exports);
  const topologies = values.filter(isTopology);
  return topologies.length > 0 ? topologies : values.filter(value => typeof value === 'function');
}

function isTopology(value: unknown): value is Topology {
  return typeof (value as Topology | null | undefined)?.build === 'function';
}

async function runTopology(topology: Topology, log: Log, applicationId: string | undefined): Promise<StreamsApp> {
  const { runApp } = await import('../streams/index.js');
  return await runApp(topology, { log, ...(applicationId !== undefined && { applicationId }) });
}

async function callFunction(start: AppFunction, log: Log, module: string): Promise<StreamsApp> {
  const app = (await start(log)) as Partial<StreamsApp> | undefined;
  if (typeof app?.close === 'function' && app.closed instanceof Promise) return app as StreamsApp;
  throw new InvalidInput(`the function that ${module} exports must return the application that it started (runApp)`);
}

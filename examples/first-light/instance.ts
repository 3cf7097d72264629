import { type AppMetrics, type Log, type RunnableTopology, runApp, type Summary } from 'millrace';

/** One instance of the application: it shares the work with all others of its name. */
export interface Instance {
  progress(): Pick<AppMetrics, 'recordsIn' | 'recordsOut' | 'lag'>;
  /** Resolves when all instances have come to the end of the input. */
  finish(): Promise<Summary>;
  close(): Promise<void>;
}

/** In this process. `stateDirectory`: beside the data of the log by default; a cluster has no such place. */
export async function startInstance(
  log: Log,
  topology: RunnableTopology,
  stateDirectory?: string | undefined,
): Promise<Instance> {
  const app = await runApp(topology, {
    log,
    // However many share the work, the oldest record over all partitions is taken next.
    sharing: 'time-ordered',
    ...(stateDirectory !== undefined && { stateDirectory }),
  });
  return { progress: () => app.metrics(), finish: () => app.finish(), close: () => app.close() };
}

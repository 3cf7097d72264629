import type { ExecutionContext } from 'ava';

/** A real server of the test's own, gone with it. Where none can be had the test says so, and passes: undefined. */
export async function serverOfTest<Server extends { stop(): Promise<void> }>(
  t: ExecutionContext,
  name: string,
  start: () => Promise<Server>,
): Promise<Server | undefined> {
  try {
    const server = await start();
    t.teardown(() => server.stop());
    return server;
  } catch (error) {
    t.log(`left out: ${name} (${(error as Error).message})`);
    t.pass();
    return undefined;
  }
}

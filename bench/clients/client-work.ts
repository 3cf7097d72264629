/** What each client does in a process of its own. Values are all alike, keys null. */
export interface ClientJob {
  /** host:port */
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitionCount: number;
  readonly recordCount: number;
  readonly valueBytes: number;
  /** Names groups that nobody has used. */
  readonly runId: string;
}

/** Acknowledged by all replicas, in batches of about `batchBytes`, over the partitions in turns. Resolves when all is acknowledged. */
export type Produce = (job: ClientJob) => Promise<void>;

/**
 * From the first record on, each record looked at. Calls `onFirst` with how many records came first: the clock starts there, so joining a
 * group and opening connections count for nobody.
 */
export type Consume = (job: ClientJob, onFirst: (recordCount: number) => void) => Promise<void>;

export interface ClientWork {
  readonly produce?: Produce;
  readonly consume?: Consume;
}

/** A little less than a broker's default `max.message.bytes`: what a broker does for a request costs it more than its bytes. */
export const batchBytes = 1_000_000;
/** Requests that are under way at once, where a client leaves that to its caller. */
export const requestsInFlight = 5;

export function payloadBytes({ valueBytes }: ClientJob): Buffer {
  return Buffer.alloc(valueBytes, 'v');
}

/** For clients that take an array of records a request. */
export function recordsPerRequest({ valueBytes }: ClientJob): number {
  return Math.ceil(batchBytes / (valueBytes + 8));
}

/** Sends all records by `send`, as many requests at once as are allowed, each to one partition. */
export async function sendInRequests(
  job: ClientJob,
  send: (recordCount: number, partition: number) => Promise<unknown>,
): Promise<void> {
  const perRequest = recordsPerRequest(job);
  let left = job.recordCount;
  let turn = 0;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(left, perRequest);
      left -= count;
      await send(count, turn++ % job.partitionCount);
    }
  };
  await Promise.all(Array.from({ length: requestsInFlight }, lane));
}

/** Proves that the values were looked at. */
export function requireBytes({ valueBytes }: ClientJob, seenCount: number, seenBytes: number): void {
  if (seenBytes !== seenCount * valueBytes) throw new Error(`${seenBytes} bytes of ${seenCount} values were read`);
}

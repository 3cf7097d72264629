// What is asked of a web server, and how it goes: requests, bytes and errors per path, in windows of event time.

import { json, type RunnableTopology, string, topic, topology, tumbling } from 'millrace';
import { parseCombinedLogLine, type Request } from './combined-log-line.js';
import type { Job } from './job.js';
import type { Row } from './live-table.js';
import type { Options } from './options.js';

/** A line of the results; times are epoch milliseconds. */
export interface PathTraffic {
  readonly window_start: number;
  readonly window_end: number;
  readonly path: string;
  readonly requests: number;
  readonly bytes: number;
  /** Requests answered with a status of 400 or above. */
  readonly errors: number;
}

const requests = topic('requests', { key: string, value: json<Request>() });
const results = topic('traffic-per-path', { key: string, value: json<PathTraffic>() });

/** Final results only: one record a window and path, once the window has closed. */
export function accessLogTopology(
  options: Pick<Options, 'windowMs' | 'graceMs'>,
  onResult: (result: PathTraffic) => void = () => {},
): RunnableTopology {
  const app = topology('access-log');
  app
    .stream(requests)
    .groupBy(request => request.path, { key: string })
    .windowedBy(tumbling(options.windowMs, { grace: options.graceMs }))
    .aggregate({
      name: 'traffic',
      value: json<{ requests: number; bytes: number; errors: number }>(),
      init: () => ({ requests: 0, bytes: 0, errors: 0 }),
      add: (sum, request) => ({
        requests: sum.requests + 1,
        bytes: sum.bytes + request.bytes,
        errors: sum.errors + (request.status >= 400 ? 1 : 0),
      }),
      emit: 'close',
    })
    .toStream()
    .map((traffic, { key: path, startMs, endMs }): [string, PathTraffic] => [
      path,
      { window_start: startMs, window_end: endMs, path, ...traffic },
    ])
    .peek(onResult)
    .to(results);
  return app;
}

/** The log's lines are keyed by client, so that a client's requests stay in order; what is no log line goes to the dead letters. */
export function accessLogJob(file: string, options: Options): Job {
  const rows = new Map<string, number[]>();
  const source = {
    name: requests.name,
    config: {
      file,
      format: 'lines',
      topic: requests.name,
      map: (line: string) => {
        const request = parseCombinedLogLine(line);
        return { key: request.host, value: request, timestamp: request.timestamp };
      },
      'value.converter': 'json',
    },
  };
  return {
    name: 'access-log',
    topics: [
      { name: requests.name, partitions: options.partitionCount },
      { name: results.name, partitions: options.partitionCount },
    ],
    sources: [source],
    topology: accessLogTopology(options, result => addTo(rows, result)),
    results: results.name,
    heading: ['PATH', 'REQUESTS', 'BYTES', 'ERRORS'],
    show: result => addTo(rows, result as PathTraffic),
    rows: (): Row[] => [...rows].map(([name, numbers]) => ({ name, numbers })),
    remarks: [],
  };
}

function addTo(rows: Map<string, number[]>, { path, requests, bytes, errors }: PathTraffic): void {
  const [allRequests = 0, allBytes = 0, allErrors = 0] = rows.get(path) ?? [];
  rows.set(path, [allRequests + requests, allBytes + bytes, allErrors + errors]);
}

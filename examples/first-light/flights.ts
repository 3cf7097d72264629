// How late did flights leave, by the state they left from: a stream of flights, joined with a table of airports, in windows of a day.

import { json, type RunnableTopology, string, topic, topology, tumbling } from 'millrace';
import { layOutFlightFiles } from './flight-files.js';
import type { Job, JobSource } from './job.js';
import { type Row, whole } from './live-table.js';
import type { Options } from './options.js';

interface Flight {
  readonly origin: string;
  readonly destination: string;
  readonly distance: number;
  /** Minutes; negative when it was early. */
  readonly delay: number;
}

interface Airport {
  readonly name: string;
  readonly state: string;
}

/** A line of the results; times are epoch milliseconds. */
export interface StateDelays {
  readonly window_start: number;
  readonly window_end: number;
  readonly state: string;
  readonly flights: number;
  readonly delay_minutes: number;
  readonly delay_minutes_max: number;
}

const flights = topic('flights', { key: string, value: json<Flight>() });
const airports = topic('airports', { key: string, value: json<Airport>() });
const results = topic('delays-per-state', { key: string, value: json<StateDelays>() });

/** Event time is the scheduled time of a flight, whenever its report came in. */
export function flightsTopology(
  options: Pick<Options, 'windowMs' | 'graceMs'>,
  onResult: (result: StateDelays) => void = () => {},
): RunnableTopology {
  const app = topology('flights-per-state');
  app
    .stream(flights)
    .join(app.table(airports), (flight, airport) => ({ state: airport.state, delay: flight.delay }), {
      name: 'origin-airport',
    })
    .groupBy(flight => flight.state, { key: string, value: json() })
    .windowedBy(tumbling(options.windowMs, { grace: options.graceMs }))
    .aggregate({
      name: 'delays',
      value: json<{ flights: number; minutes: number; max: number }>(),
      init: () => ({ flights: 0, minutes: 0, max: 0 }),
      add: (sum, { delay }) => ({
        flights: sum.flights + 1,
        minutes: sum.minutes + Math.max(0, delay),
        max: Math.max(sum.max, delay),
      }),
      emit: 'close',
    })
    .toStream()
    .map((delays, { key: state, startMs, endMs }): [string, StateDelays] => [
      state,
      {
        window_start: startMs,
        window_end: endMs,
        state,
        flights: delays.flights,
        delay_minutes: delays.minutes,
        delay_minutes_max: delays.max,
      },
    ])
    .peek(onResult)
    .to(results);
  return app;
}

/** Flights and airports are keyed by airport code, in as many partitions: what is joined lies in partitions of the same number. */
export function flightsJob(options: Options): Job {
  const files = layOutFlightFiles(options.dataDirectory);
  const rows = new Map<string, number[]>();
  const partitions = options.partitionCount;
  return {
    name: 'flights-per-state',
    topics: [flights, airports, results].map(({ name }) => ({ name, partitions })),
    sources: [airportsSource(files.airports), flightsSource(files.flights)],
    topology: flightsTopology(options, result => addTo(rows, result)),
    results: results.name,
    heading: ['STATE', 'FLIGHTS', 'MEAN DELAY', 'MAX DELAY'],
    show: result => addTo(rows, result as StateDelays),
    rows: (): Row[] =>
      [...rows].map(([name, [count, minutes, max]]) => ({ name, numbers: [count!, minutes! / count!, max!] })),
    remarks: [`${whole(files.outOfOrderCount)} of ${whole(files.flightCount)} flights were reported after a later one`],
  };
}

/** At time 0: the oldest records are processed first, so the table is complete before the first flight looks into it. */
function airportsSource(file: string): JobSource {
  return {
    name: airports.name,
    config: {
      file,
      format: 'csv',
      topic: airports.name,
      map: ({ iata, name, state }: Record<string, string>) => ({ key: iata, value: { name, state }, timestamp: 0 }),
    },
  };
}

function flightsSource(file: string): JobSource {
  return {
    name: flights.name,
    config: {
      file,
      format: 'csv',
      topic: flights.name,
      'csv.types': 'distance:number, delay:number',
      'key.column': 'origin',
      'timestamp.column': 'scheduled',
      'timestamp.format': 'iso',
    },
  };
}

function addTo(rows: Map<string, number[]>, result: StateDelays): void {
  const [count = 0, minutes = 0, max = 0] = rows.get(result.state) ?? [];
  rows.set(result.state, [
    count + result.flights,
    minutes + result.delay_minutes,
    Math.max(max, result.delay_minutes_max),
  ]);
}

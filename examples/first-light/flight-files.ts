// Real flights as files: rows of the npm package vega-datasets (US domestic flights of early 2001, and the airports of the United States),
// laid out in the order in which the reports came in, that is by scheduled time plus delay. A flight that is hours late is
// reported hours after flights that were scheduled after it: event time and arrival disagree, as they do in life.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface FlightFiles {
  readonly flights: string;
  readonly airports: string;
  readonly flightCount: number;
  /** Flights reported after one that was scheduled later. */
  readonly outOfOrderCount: number;
}

interface FlightRow {
  /** Such as '2001/01/13 14:56'; taken as UTC, as the data names no zone. */
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** Writes flights.csv into `directory`; the airports are read where the package holds them. */
export function layOutFlightFiles(directory: string): FlightFiles {
  const { resolve } = createRequire(import.meta.url);
  const rows = JSON.parse(readFileSync(resolve('vega-datasets/data/flights-20k.json'), 'utf8')) as FlightRow[];
  const flights = rows
    .map(row => ({ ...row, scheduledMs: Date.parse(`${row.date.replaceAll('/', '-').replace(' ', 'T')}Z`) }))
    .toSorted((a, b) => a.scheduledMs + a.delay * 60_000 - (b.scheduledMs + b.delay * 60_000));
  const lines = flights.map(
    ({ scheduledMs, origin, destination, distance, delay }) =>
      `${new Date(scheduledMs).toISOString()},${origin},${destination},${distance},${delay}`,
  );
  const file = join(directory, 'flights.csv');
  writeFileSync(file, `${['scheduled,origin,destination,distance,delay', ...lines].join('\n')}\n`);
  return {
    flights: file,
    airports: resolve('vega-datasets/data/airports.csv'),
    flightCount: flights.length,
    outOfOrderCount: outOfOrder(flights.map(row => row.scheduledMs)),
  };
}

function outOfOrder(times: readonly number[]): number {
  let latest = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const time of times) {
    if (time < latest) count++;
    latest = Math.max(latest, time);
  }
  return count;
}

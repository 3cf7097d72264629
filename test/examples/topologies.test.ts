// The topologies of the examples on the test driver: no log, virtual time, every value through its serde.

import test from 'ava';
import { json, string, topic } from 'millrace/core';
import { TestDriver } from 'millrace/streams/testing';
import { accessLogTopology, type PathTraffic } from '../../examples/first-light/access-log.js';
import type { Request } from '../../examples/first-light/combined-log-line.js';
import { flightsTopology, type StateDelays } from '../../examples/first-light/flights.js';

const second = 1_000;
const requests = topic('requests', { value: json<Request>() });
const traffic = topic('traffic-per-path', { key: string, value: json<PathTraffic>() });

test('an access log gives one final line a window and path, late requests left out and counted', t => {
  using driver = new TestDriver(accessLogTopology({ windowMs: 60 * second, graceMs: 10 * second }), { partitions: 1 });
  const request = (timestamp: number, path: string, status = 200): void =>
    driver.pipe(requests, { key: 'host', value: { host: 'host', timestamp, path, status, bytes: 7 }, timestamp });
  request(1 * second, '/a');
  request(2 * second, '/b', 404);
  request(65 * second, '/a');
  request(59 * second, '/a');
  t.deepEqual(driver.read(traffic), [], 'the first window takes records until second 70');
  request(70 * second, '/a');
  request(3 * second, '/a');
  t.is(driver.count('late-records'), 1);
  driver.finish();
  t.deepEqual(
    driver.read(traffic).map(({ value }) => value),
    [
      { window_start: 0, window_end: 60_000, path: '/a', requests: 2, bytes: 14, errors: 0 },
      { window_start: 0, window_end: 60_000, path: '/b', requests: 1, bytes: 7, errors: 1 },
      { window_start: 60_000, window_end: 120_000, path: '/a', requests: 2, bytes: 14, errors: 0 },
    ],
  );
});

test('a flight counts for the state of its origin and the day it was scheduled', t => {
  const flights = topic('flights', { value: json<object>() });
  const airports = topic('airports', { value: json<object>() });
  const delays = topic('delays-per-state', { value: json<StateDelays>() });
  const day = 24 * 3_600 * second;
  using driver = new TestDriver(flightsTopology({ windowMs: day, graceMs: 0 }), { partitions: 1 });
  driver.pipe(airports, { key: 'SAN', value: { name: 'San Diego', state: 'CA' }, timestamp: 0 });
  driver.pipe(airports, { key: 'LAX', value: { name: 'Los Angeles', state: 'CA' }, timestamp: 0 });
  for (const [origin, delay] of [
    ['SAN', 32],
    ['LAX', -5],
    ['XXX', 500],
  ] as const) {
    driver.pipe(flights, {
      key: origin,
      value: { origin, destination: 'SJC', distance: 1, delay },
      timestamp: day + 1,
    });
  }
  driver.finish();
  t.deepEqual(
    driver.read(delays).map(({ value }) => value),
    [{ window_start: day, window_end: 2 * day, state: 'CA', flights: 2, delay_minutes: 32, delay_minutes_max: 32 }],
  );
});

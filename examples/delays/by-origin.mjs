// How late flights are per airport: `millrace run by-origin.mjs --finish`.

import { json, topic, topology } from 'millrace';

const flights = topic('flights', { value: json() });
const airports = topic('delays-by-origin', { value: json() });

const app = topology('delays-by-origin');
app
  .stream(flights)
  .groupByKey()
  .aggregate({
    name: 'airports',
    value: json(),
    init: () => ({ flights: 0, late: 0, minutes: 0 }),
    add: (airport, { delay }) => ({
      flights: airport.flights + 1,
      late: airport.late + (delay >= 60 ? 1 : 0),
      minutes: airport.minutes + delay,
    }),
  })
  .toStream()
  .to(airports);

export default app;

// Quakes per network, and the strongest: `millrace run by-network.mjs --finish`.

import { json, topic, topology } from 'millrace';

const quakes = topic('quakes', { value: json() });
const networks = topic('quakes-by-network', { value: json() });

const app = topology('quakes-by-network');
app
  .stream(quakes)
  .groupByKey()
  .aggregate({
    name: 'networks',
    value: json(),
    init: () => ({ quakes: 0, strongest: -10 }),
    add: (network, { magnitude }) => ({
      quakes: network.quakes + 1,
      strongest: Math.max(network.strongest, magnitude),
    }),
  })
  .toStream()
  .to(networks);

export default app;

// Quakes per network, and the strongest: `millrace run by-network.js --finish`.

import { json, topic, topology } from 'millrace';

interface Quake {
  readonly magnitude: number;
}

interface Network {
  readonly quakes: number;
  readonly strongest: number;
}

const quakes = topic('quakes', { value: json<Quake>() });
const networks = topic('quakes-by-network', { value: json<Network>() });

const app = topology('quakes-by-network');
app
  .stream(quakes)
  .groupByKey()
  .aggregate({
    name: 'networks',
    value: json<Network>(),
    init: () => ({ quakes: 0, strongest: -10 }),
    add: (network, { magnitude }) => ({
      quakes: network.quakes + 1,
      strongest: Math.max(network.strongest, magnitude),
    }),
  })
  .toStream()
  .to(networks);

export default app;

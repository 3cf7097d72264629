// Lowest and highest price and the shares of each exchange in five minutes, told once they are over: `millrace run candles.mjs --finish`.

import { json, string, topic, topology, tumbling } from 'millrace';

const trades = topic('trades', { value: json() });
const candles = topic('candles', { value: json() });

const app = topology('candles');
app
  .stream(trades)
  .groupByKey()
  .windowedBy(tumbling('5m', { grace: '1m' }))
  .aggregate({
    name: 'five-minutes',
    value: json(),
    init: () => ({ trades: 0, shares: 0, low: Number.MAX_VALUE, high: 0 }),
    add: (candle, { price, size }) => ({
      trades: candle.trades + 1,
      shares: candle.shares + size,
      low: Math.min(candle.low, price),
      high: Math.max(candle.high, price),
    }),
    emit: 'close',
  })
  .toStream((_, { key, startMs }) => `${key} ${new Date(startMs).toISOString()}`, { key: string })
  .to(candles);

export default app;

// JSON through the converters of a source and a sink: bytes to a value and back to bytes, beside a loop of JSON.parse and JSON.stringify.

import { namedConverter } from '../connect/index.js';
import { Arena } from '../core/index.js';
import { type Contender, measureInTurns, report } from './measure.js';

export async function benchJsonPassThrough(recordCount: number, rounds: number): Promise<string> {
  const texts = Array.from({ length: recordCount }, (_, at) => Buffer.from(JSON.stringify(orderOf(at))));
  const measured = await measureInTurns([raw(texts), converters(texts)], rounds);
  return report(`JSON pass-through, ${texts[0]!.length} bytes a record`, measured);
}

function orderOf(at: number) {
  return {
    id: at,
    customer: `customer-${at % 997}`,
    placed: 1_700_000_000_000 + at,
    total: (at % 10_000) / 100,
    paid: at % 3 === 0,
    items: [{ sku: `sku-${at % 89}`, count: at % 7 }],
    note: at % 5 === 0 ? null : 'leave at the door',
  };
}

function raw(texts: readonly Buffer[]): Contender {
  const run = () => {
    const arena = new Arena();
    for (const bytes of texts) {
      const text = JSON.stringify(JSON.parse(bytes.toString('utf8')));
      arena.position = 0;
      arena.reserve(text.length * 3);
      arena.position += arena.bytes.write(text, 0, 'utf8');
    }
    return texts.length;
  };
  return { name: 'JSON.parse and JSON.stringify', run };
}

function converters(texts: readonly Buffer[]): Contender {
  const run = () => {
    const arena = new Arena();
    const source = namedConverter('json', { part: 'value' });
    const sink = namedConverter('json', { part: 'value' });
    for (const bytes of texts) {
      const { value, schema } = source.read(bytes, 0, bytes.length);
      arena.position = 0;
      sink.write(value, arena, schema);
    }
    return texts.length;
  };
  return { name: 'source converter -> sink converter', run };
}

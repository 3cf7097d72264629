// Connectors of tests that are about what their tasks do: without options, and with nothing to read about them.

import { z } from 'zod';
import { defineSink, defineSource, type SinkDefinition, type SourceDefinition } from '../../connect/api/index.js';

const nothing = z.object({});
const plain = { version: '1', description: 'For a test.', config: nothing };

type Sink = SinkDefinition<typeof nothing>;
type Source = SourceDefinition<typeof nothing>;

export function plainSink(sink: Pick<Sink, 'name' | 'start'>): Sink {
  return defineSink({ ...plain, ...sink });
}

export function plainSource(source: Pick<Source, 'name' | 'start'> & Partial<Source>): Source {
  return defineSource({ ...plain, ...source });
}

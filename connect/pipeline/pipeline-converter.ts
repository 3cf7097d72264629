// How values stand in a pipeline's own log, which nobody else reads: those without a schema as plain JSON, so that a sink may take flat ones in their
// bytes; those with one in its envelope, behind a byte that no JSON begins with.

import { z } from 'zod';
import { type Converter, defineConverter } from '../api/index.js';
import { namedConverter } from '../converters/named-converter.js';

const envelopeMark = 1;

export const pipelineConverter = defineConverter({
  name: 'pipeline',
  description: 'JSON; with its schema where a value has one.',
  config: z.object({}),
  start(_, { part }): Converter {
    const plain = namedConverter('json', { part });
    const enveloped = namedConverter('json', { part, settings: { 'schemas.enable': true } });
    return {
      ...plain,
      name: 'pipeline',
      write(value, arena, schema) {
        if (schema === undefined) return plain.write(value, arena);
        arena.reserve(1);
        arena.bytes[arena.position++] = envelopeMark;
        enveloped.write(value, arena, schema);
      },
      read: (bytes, start, end) =>
        bytes[start] === envelopeMark && start < end
          ? enveloped.read(bytes, start + 1, end)
          : plain.read(bytes, start, end),
    };
  },
});

// How values stand in a pipeline's own log, which nobody else reads: those without a schema as plain JSON, so that a sink may take flat ones in their
// bytes; those with one in its envelope, behind a byte that no JSON begins with.

import { z } from 'zod';
import {
  type Converter,
  type ConverterContext,
  type ConverterDefinition,
  DataError,
  defineConverter,
} from '../api/index.js';
import { namedConverter } from '../converters/named-converter.js';
import { segmentBytes } from './pipeline-log.js';

const envelopeMark = 1;
/** A batch goes into one segment: some room is left for what stands around the value. */
const valueBytesMax = segmentBytes - 64 * 1024;
const advice = `a pipeline carries up to ${valueBytesMax}: leave out what is not needed, or make several records of it (flatMap)`;

export const pipelineConverterName = 'pipeline';

/** `written` is told how many bytes each key and value has taken. */
export function pipelineConverter(written: (lengthBytes: number) => void = () => {}): ConverterDefinition {
  return defineConverter({
    name: pipelineConverterName,
    description: 'JSON; with its schema where a value has one.',
    config: z.object({}),
    start: (_, { part }) => converterOf(part, written),
  });
}

function converterOf(part: ConverterContext['part'], written: (lengthBytes: number) => void): Converter {
  const plain = namedConverter('json', { part });
  const enveloped = namedConverter('json', { part, settings: { 'schemas.enable': true } });
  return {
    ...plain,
    name: pipelineConverterName,
    write(value, arena, schema) {
      const start = arena.position;
      if (schema === undefined) plain.write(value, arena);
      else {
        arena.reserve(1);
        arena.bytes[arena.position++] = envelopeMark;
        enveloped.write(value, arena, schema);
      }
      const lengthBytes = arena.position - start;
      if (lengthBytes > valueBytesMax) throw new DataError(`a ${part} of ${lengthBytes} bytes: ${advice}`);
      written(lengthBytes);
    },
    read: (bytes, start, end) =>
      bytes[start] === envelopeMark && start < end
        ? enveloped.read(bytes, start + 1, end)
        : plain.read(bytes, start, end),
  };
}

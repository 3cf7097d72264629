// The JSON Schema by which editors complete and check pipelines: made of the specs that check them here.

import { z } from 'zod';
import { sinkRuntimeOptions } from '../runtime/runtime-options.js';
import { runtimeOptionsOfPipelines } from './compiler.js';
import type { ConnectorShelf } from './connector-kit.js';
import { pipelineShape } from './pipeline-shape.js';
import { stepKinds } from './step-kinds.js';
import { withTopics } from './with-topics.js';

type JsonSchema = Record<string, unknown>;

export const schemaUrl = 'https://unpkg.com/millrace/pipeline.schema.json';

/** Names of connectors that are files of the user's own. */
const ownConnector = '^\\.{1,2}/';

export async function pipelineSchema(connectors: ConnectorShelf): Promise<JsonSchema> {
  const shelf = withTopics(connectors);
  const kinds = { source: {} as JsonSchema, sink: {} as JsonSchema, lookup: {} as JsonSchema };
  for (const [word, load] of Object.entries(shelf)) {
    const kit = await load();
    if (kit.source !== undefined) kinds.source[word] = connectorSchema(kit.source, true);
    if (kit.sink !== undefined) kinds.sink[word] = connectorSchema(kit.sink, true);
    const lookup = kit.lookup ?? kit.source;
    if (lookup !== undefined) kinds.lookup[word] = connectorSchema(lookup, false);
  }
  const shape = jsonSchemaOf(pipelineShape);
  const properties = { ...(shape['properties'] as Record<string, JsonSchema>) };
  const described = (name: string, rest: JsonSchema) => ({ description: properties[name]?.['description'], ...rest });
  properties['source'] = described('source', { $ref: '#/$defs/source' });
  properties['sink'] = described('sink', { $ref: '#/$defs/sink' });
  properties['errors'] = described('errors', { anyOf: [{ enum: ['stop', 'skip'] }, { $ref: '#/$defs/sink' }] });
  properties['steps'] = described('steps', { type: 'array', items: { $ref: '#/$defs/step' } });
  return {
    ...shape,
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: schemaUrl,
    title: 'A Millrace pipeline',
    required: ['name', 'source'],
    properties,
    $defs: {
      source: oneConnector(kinds.source),
      sink: oneConnector(kinds.sink),
      lookup: oneConnector(kinds.lookup),
      step: stepSchema(),
    },
  };
}

function oneConnector(properties: JsonSchema): JsonSchema {
  return {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties,
    patternProperties: { [ownConnector]: { type: ['object', 'null'] } },
  };
}

function connectorSchema(
  { config, description }: { readonly config: z.ZodObject; readonly description: string },
  isRun: boolean,
): JsonSchema {
  const own = jsonSchemaOf(config);
  const shared = isRun ? jsonSchemaOf(z.object(sinkRuntimeOptions.shape))['properties'] : {};
  const runtime = Object.entries(shared as JsonSchema).filter(([name]) => runtimeOptionsOfPipelines.includes(name));
  const properties = { ...Object.fromEntries(runtime), ...(own['properties'] as JsonSchema) };
  return { ...own, description, properties, additionalProperties: false };
}

function stepSchema(): JsonSchema {
  const functionReference = { type: 'string', pattern: ownConnector, description: 'A function: ./FILE#NAME.' };
  const words = stepKinds.map(({ word, description, spec }) => ({
    type: 'object',
    additionalProperties: false,
    required: [word],
    description,
    properties: {
      name: { type: 'string', description: 'How errors, tests and its state call it.' },
      [word]: { description, ...withReferences(word, jsonSchemaOf(spec)) },
    },
  }));
  return { anyOf: [functionReference, ...words] };
}

/** What stands in a step and is described by itself. */
function withReferences(word: string, schema: JsonSchema): JsonSchema {
  if (word === 'branch') {
    const items = schema['items'] as JsonSchema;
    const properties = items['properties'] as JsonSchema;
    properties['sink'] = { $ref: '#/$defs/sink' };
    properties['steps'] = { type: 'array', items: { $ref: '#/$defs/step' } };
    items['required'] = ['name', 'when', 'sink'];
  }
  if (word === 'lookup') {
    (schema['properties'] as JsonSchema)['from'] = { $ref: '#/$defs/lookup' };
    schema['required'] = ['key', 'from'];
  }
  return schema;
}

/** How the kinds of options are written; each may also be a text that holds `${NAME}`. */
const kindsOfOptions: Readonly<Record<string, JsonSchema>> = {
  integer: { type: ['integer', 'string'] },
  boolean: { type: ['boolean', 'string'] },
  duration: { type: ['integer', 'string'] },
  size: { type: ['integer', 'string'] },
  list: { type: ['array', 'string'], items: { type: 'string' } },
  choice: { type: 'string' },
  password: { type: 'string' },
  function: {},
};

/** As it is written, not as it is read: what has a default may be left out. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-7',
    override: ({ jsonSchema }) => writtenAs(jsonSchema as JsonSchema),
  });
  return rest;
}

function writtenAs(schema: JsonSchema): void {
  const type = String(schema['type']);
  // Options say of what kind they are, and are made of what they accept.
  if (type !== 'choice' && type !== 'password' && type !== 'function' && schema['anyOf'] === undefined) return;
  const kind = Object.hasOwn(kindsOfOptions, type) ? kindsOfOptions[type] : undefined;
  if (kind === undefined) return;
  for (const key of ['type', 'anyOf', 'isSecret']) delete schema[key];
  Object.assign(schema, kind);
}

import { z } from 'zod';
import type { Endpoint } from './endpoint.js';
import { type SchemaName, schemas } from './schemas.js';

/** What a request may be answered whatever it asks for. */
const anywhere: Readonly<Record<number, string>> = {
  401: 'The request is not authenticated.',
  403: 'The request comes from a page of another host, or may not be made.',
  406: 'The client takes no JSON.',
  415: 'The body is no JSON.',
  500: 'It failed, or took too long.',
  503: 'The worker has not started yet, or is closing.',
};

const ofBodies: Readonly<Record<number, string>> = {
  400: 'The body cannot be meant.',
  413: 'The body is too large.',
};

/** The OpenAPI 3.1 description of the endpoints. */
export function openApi(endpoints: readonly Endpoint[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace Connect',
      version,
      description:
        'The REST interface of Kafka Connect, for one worker. A path that is not here answers 404, a method that is not here 405, both as Error.',
    },
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { basic: [] }, { bearer: [] }],
  };
}

function operation({ method, path, summary, query = [], body, answers }: Endpoint): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'task' ? { type: 'integer', format: 'int32' } : { type: 'string' },
  }));
  const inQuery = query.map(({ name, description, isRepeated }) => ({
    name,
    in: 'query',
    description,
    schema: isRepeated === true ? { type: 'array', items: { type: 'string' } } : { type: 'string' },
  }));
  return {
    operationId: `${method}${path.replace(/\{(\w+)\}/g, '$1').replace(/[^a-zA-Z]+(.?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body !== undefined && { requestBody: { required: true, content: jsonOf(body.schema) } }),
    responses: responsesOf(answers, body !== undefined),
  };
}

function responsesOf(answers: Endpoint['answers'], hasBody: boolean): Record<string, object> {
  const responses: Record<string, object> = {};
  for (const [status, description] of Object.entries({ ...anywhere, ...(hasBody && ofBodies) })) {
    responses[status] = { description, content: jsonOf('Error') };
  }
  for (const [status, { schema, description }] of Object.entries(answers)) {
    responses[status] = { description, ...(schema !== undefined && { content: jsonOf(schema) }) };
  }
  return responses;
}

function jsonOf(schema: SchemaName): object {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}

function componentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema as z.ZodType, { id });
  const made = z.toJSONSchema(registry, { uri: id => `#/components/schemas/${id}` }).schemas;
  return Object.fromEntries(
    Object.entries(made).map(([name, schema]) => {
      const { $schema: _dialect, $id: _id, id: _name, ...rest } = schema as Record<string, unknown>;
      return [name, rest];
    }),
  );
}

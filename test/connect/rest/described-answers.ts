// Compares every answer of a test run with the OpenAPI description that the server itself serves: an endpoint, a status or a field that is not described fails.

import Ajv2020 from 'ajv/dist/2020.js';

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
}

export class DescribedAnswers {
  readonly #description: Description;
  readonly #ajv = new Ajv2020.default({ strict: false, allErrors: true });
  readonly #seen = new Set<string>();

  constructor(description: unknown) {
    this.#description = description as Description;
    this.#ajv.addSchema({ $id: 'openapi', components: this.#description.components });
  }

  /** What is wrong with the answer; undefined where it is as described. */
  fault(method: string, url: string, status: number, body: string): string | undefined {
    const { pathname } = new URL(url);
    const what = `${method} ${pathname} ${status}`;
    const path = Object.keys(this.#description.paths).find(each => pattern(each).test(pathname));
    const operations = path === undefined ? undefined : this.#description.paths[path];
    const operation = operations?.[method.toLowerCase()];
    if (operation === undefined) {
      const expected = path === undefined ? 404 : 405;
      return status === expected ? this.#bodyFault(what, errorSchema, body) : `${what}: not described`;
    }
    const response = operation.responses[status];
    if (response === undefined) return `${what}: this status is not described`;
    this.#seen.add(`${method} ${path} ${status}`);
    const schema = response.content?.['application/json']?.schema;
    if (schema === undefined) return body === '' ? undefined : `${what}: a body that is not described: ${body}`;
    return this.#bodyFault(what, schema, body);
  }

  /** Endpoints of which no answer was seen. */
  unseen(): readonly string[] {
    const all = Object.entries(this.#description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
    );
    return all.filter(endpoint => ![...this.#seen].some(seen => seen.startsWith(`${endpoint} `)));
  }

  #bodyFault(what: string, schema: object, body: string): string | undefined {
    const rooted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
    const validate = this.#ajv.compile(rooted);
    return validate(JSON.parse(body)) ? undefined : `${what}: ${this.#ajv.errorsText(validate.errors)}: ${body}`;
  }
}

const errorSchema = { $ref: '#/components/schemas/Error' };

function pattern(path: string): RegExp {
  const integer = '-?\\d{1,9}';
  return new RegExp(`^${path.replace('{task}', integer).replace(/\{\w+\}/g, '[^/]+')}/?$`);
}

// An endpoint is data: its path, what it takes, every answer it has, and the function behind it. The routes and the OpenAPI description are both made of
// it, so that nothing is served that is not described.

import type { z } from 'zod';
import type { Worker } from '../runtime/worker/worker.js';
import type { SchemaName } from './schemas.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a request asked for, once its path, its media types and its body have been found to be in order. */
export interface Call {
  readonly worker: Worker;
  /** The part of the path behind `{connector}` and its like, decoded; empty where the path has none of that name. */
  param(name: string): string;
  readonly query: URLSearchParams;
  /** What `body` of the endpoint made of it; undefined where the endpoint takes none. */
  readonly body: unknown;
  /** Scheme, host and port as the caller knows them. */
  readonly origin: string;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON; without it the answer has no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface QueryOption {
  readonly name: string;
  readonly description: string;
  readonly isRepeated?: boolean;
}

export interface RequestBody {
  readonly schema: SchemaName;
  /** Numbers reach the endpoint as the text they were written as: a configuration holds texts, and 1.50 is not 1.5. */
  readonly numbersAsText: boolean;
}

export interface Endpoint {
  readonly method: Method;
  /** With names in braces, such as `/connectors/{connector}/status`. */
  readonly path: string;
  readonly summary: string;
  readonly query?: readonly QueryOption[];
  readonly body?: RequestBody;
  /** By status: the schema of the body (undefined: none) and what it means. Those that any request may have are not named here. */
  readonly answers: Readonly<Record<number, { readonly schema?: SchemaName; readonly description: string }>>;
  /** Answers before the worker has started, and without authentication. */
  readonly isAlwaysOpen?: boolean;
  handle(call: Call): Answer | Promise<Answer>;
}

/** The body of a call as its schema describes it; the schema has been checked before. */
export function bodyOf<S extends z.ZodType>(call: Call, _schema: S): z.output<S> {
  return call.body as z.output<S>;
}

import type { Fields, ValueOf } from './field.js';
import { type Schema, schema } from './schema.js';

/** One API key: its versions that Millrace speaks, and both messages. */
// biome-ignore lint/suspicious/noExplicitAny: an Api of any messages must take every Api, and schemas are invariant.
export interface Api<Q = any, S = any> {
  readonly key: number;
  readonly name: string;
  readonly versions: readonly [min: number, max: number];
  readonly flexibleFrom: number;
  readonly request: Schema<Q>;
  readonly response: Schema<S>;
}

export type RequestOf<A extends Api> = ReturnType<A['request']>;
export type ResponseOf<A extends Api> = ReturnType<A['response']>;

/** What an API's own file declares. */
export interface ApiDeclaration<Q extends Fields, S extends Fields> {
  readonly key: number;
  readonly name: string;
  readonly versions: readonly [min: number, max: number];
  readonly flexibleFrom: number;
  readonly request: Q;
  readonly response: S;
}

export function api<Q extends Fields, S extends Fields>(declared: ApiDeclaration<Q, S>): Api<ValueOf<Q>, ValueOf<S>> {
  const { key, name, versions, flexibleFrom } = declared;
  return {
    key,
    name,
    versions,
    flexibleFrom,
    request: schema({ title: `${name} request`, versions, flexibleFrom }, declared.request),
    response: schema({ title: `${name} response`, versions, flexibleFrom }, declared.response),
  };
}

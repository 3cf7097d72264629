// What stands in front of every message. Request headers are version 1, and 2 (with tagged fields) where the message is flexible;
// response headers are version 0, and 1 where the message is flexible.
// The response of ApiVersions has header version 0 in all versions: whoever reads it does not know yet what the broker speaks
// (KIP-511). And the client id keeps its two-byte length in flexible headers.

import type { Api } from './api.js';
import type { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

const apiVersionsKey = 18;

/** The frame of a request, without the four bytes of its length. */
export function encodeRequest<Q>(api: Api<Q>, header: Omit<RequestHeader, 'apiKey'>, request: Q): Uint8Array {
  const out = new MessageWriter();
  writeRequest(out, api, header, request);
  return out.finish();
}

/** The same, behind what was written before. */
export function writeRequest<Q>(
  out: MessageWriter,
  api: Api<Q>,
  header: Omit<RequestHeader, 'apiKey'>,
  request: Q,
): void {
  out.int16(api.key);
  out.int16(header.apiVersion);
  out.int32(header.correlationId);
  if (header.clientId === null) out.int16(-1);
  else out.string(header.clientId, false);
  if (header.apiVersion >= api.flexibleFrom) out.unsignedVarint(0);
  api.request.write(request, header.apiVersion, out);
}

/** Where a request begins: enough to find its Api, and the version in which the rest is to be read. */
export function readRequestHeader(reader: MessageReader, flexibleFromOf: (apiKey: number) => number): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const clientId = reader.string(false) ?? null;
  if (apiVersion >= flexibleFromOf(apiKey)) skipTags(reader);
  return { apiKey, apiVersion, correlationId, clientId };
}

/** The frame of a response, without the four bytes of its length. */
export function encodeResponse<S>(
  api: Api<unknown, S>,
  header: { apiVersion: number; correlationId: number },
  response: S,
): Uint8Array {
  const out = new MessageWriter();
  out.int32(header.correlationId);
  if (hasResponseTags(api, header.apiVersion)) out.unsignedVarint(0);
  api.response.write(response, header.apiVersion, out);
  return out.finish();
}

/** The correlation id of a response frame. */
export function readResponseHeader(reader: MessageReader, api: Api, apiVersion: number): number {
  const correlationId = reader.int32();
  if (hasResponseTags(api, apiVersion)) skipTags(reader);
  return correlationId;
}

function hasResponseTags(api: { key: number; flexibleFrom: number }, apiVersion: number): boolean {
  return api.key !== apiVersionsKey && apiVersion >= api.flexibleFrom;
}

function skipTags(reader: MessageReader): void {
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    reader.unsignedVarint();
    reader.skip(reader.unsignedVarint());
  }
}

// Requests and responses as bytes: what a socket carries, without its length prefix. Anything that cannot be answered in the protocol is
// thrown, and whoever holds the connection closes it, as Kafka does.

import { ProtocolError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import { produce } from '../protocol/00-produce.js';
import { apiVersions } from '../protocol/18-api-versions.js';
import type { Api, RequestOf } from '../protocol/api.js';
import { apiByKey } from '../protocol/api-table.js';
import { encodeResponse, type RequestHeader, readRequestHeader } from '../protocol/header.js';
import { MessageReader } from '../protocol/message-reader.js';
import type { Broker } from './broker.js';
import type { Caller } from './request-context.js';
import { servedVersions } from './served-apis.js';

/** Answers one frame; undefined where the protocol has no answer (Produce with acks 0). */
export async function answerFrame(
  broker: Broker,
  frame: Uint8Array,
  from: { readonly caller: Caller; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array | undefined> {
  const reader = new MessageReader(frame, 'request header');
  const header = readRequestHeader(reader, flexibleFromOf);
  const { apiVersion, clientId } = header;
  const api = apiByKey.get(header.apiKey);
  const served = servedVersions.get(header.apiKey);
  if (api === undefined || served === undefined) return refuse(header);
  if (apiVersion < served[0] || apiVersion > served[1]) return refuse(header);
  const request = api.request.read(apiVersion, reader);
  reader.requireEnd();
  const context = { caller: from.caller, apiVersion, clientId: clientId ?? '', signal: from.signal };
  const response = await broker.handle(api, request, context);
  if (hasNoAnswer(api, request)) return undefined;
  return encodeResponse(api, header, response);
}

function flexibleFromOf(apiKey: number): number {
  return apiByKey.get(apiKey)?.flexibleFrom ?? Number.POSITIVE_INFINITY;
}

function hasNoAnswer(api: Api, request: unknown): boolean {
  return api === produce && (request as RequestOf<typeof produce>).acks === 0;
}

/** Only ApiVersions has an answer to a version that the broker does not know: version 0, with its own range (KIP-511). */
function refuse({ apiKey, apiVersion, correlationId }: RequestHeader): Uint8Array {
  if (apiKey !== apiVersions.key) {
    throw new ProtocolError('UNSUPPORTED_VERSION', `API key ${apiKey} is not served in version ${apiVersion}`);
  }
  const [minVersion, maxVersion] = apiVersions.versions;
  const response = apiVersions.response({
    errorCode: kafkaErrors.UNSUPPORTED_VERSION.code,
    apiKeys: [{ apiKey, minVersion, maxVersion }],
  });
  return encodeResponse(apiVersions as Api, { apiVersion: 0, correlationId }, response);
}

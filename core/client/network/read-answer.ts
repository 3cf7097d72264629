import { WorldFault } from '../../base/errors.js';
import { kafkaErrors } from '../../base/kafka-errors.js';
import { apiVersions } from '../../protocol/18-api-versions.js';
import type { Api, ResponseOf } from '../../protocol/api.js';
import { readResponseHeader } from '../../protocol/header.js';
import { MessageReader } from '../../protocol/message-reader.js';

/** A request that was sent, as its answer must be read. */
export interface Question<A extends Api = Api> {
  readonly api: A;
  readonly version: number;
  readonly correlationId: number;
}

const correlationIdBytes = 4;

/** Decodes the frame that answers `question`. Throws ProtocolError where it is malformed, WorldFault where it answers something else. */
export function readAnswer<A extends Api>(question: Question<A>, frame: Buffer): ResponseOf<A> {
  const { api, correlationId } = question;
  const version = versionOf(question, frame);
  const reader = new MessageReader(frame, `${api.name} response v${version}`);
  const answered = readResponseHeader(reader, api, version);
  if (answered !== correlationId) {
    throw new WorldFault(`it answers request ${answered} where request ${correlationId} (${api.name}) is next`, {
      isRetriable: true,
    });
  }
  const response = api.response.read(version, reader) as ResponseOf<A>;
  reader.requireEnd();
  return response;
}

/** A broker that does not know our version of ApiVersions says so in version 0 (KIP-511); the error code comes first in all of them. */
function versionOf({ api, version }: Question, frame: Buffer): number {
  if (api.key !== apiVersions.key || frame.length < correlationIdBytes + 2) return version;
  return frame.readInt16BE(correlationIdBytes) === kafkaErrors.UNSUPPORTED_VERSION.code ? 0 : version;
}

// What both sides of one connection speak: asked of the broker once, when the connection is made.

import { ProtocolError } from '../../base/errors.js';
import { kafkaErrors } from '../../base/kafka-errors.js';
import { apiVersions } from '../../protocol/18-api-versions.js';
import type { Api, ResponseOf } from '../../protocol/api.js';
import { refusal } from '../refusal.js';
import type { RequestPipeline } from './request-pipeline.js';

type Answer = ResponseOf<typeof apiVersions>;

/** The versions that were agreed upon for one connection. */
export class Negotiated {
  readonly #ranges: ReadonlyMap<number, readonly [min: number, max: number]>;

  constructor(answer: Answer) {
    this.#ranges = new Map(answer.apiKeys.map(each => [each.apiKey, [each.minVersion, each.maxVersion]]));
  }

  /** The newest version that both sides speak, and no newer one than `versionMax`; undefined where there is none. */
  version({ key, versions: [min, max] }: Api, versionMax = max): number | undefined {
    const range = this.#ranges.get(key);
    if (range === undefined) return undefined;
    const version = Math.min(max, range[1], versionMax);
    return version < Math.max(min, range[0]) ? undefined : version;
  }
}

/** What brokers show of their clients. */
export const clientSoftware = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.2.0' };

/** Asks in our newest version, and again in the broker's newest when that is an older one. */
export async function negotiate(pipeline: RequestPipeline): Promise<Negotiated> {
  const request = apiVersions.request(clientSoftware);
  const [min, max] = apiVersions.versions;
  let answer = await pipeline.exchange(apiVersions, max, request);
  if (answer.errorCode === kafkaErrors.UNSUPPORTED_VERSION.code) {
    const theirs = answer.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key)?.maxVersion ?? 0;
    answer = await pipeline.exchange(apiVersions, Math.max(min, Math.min(max, theirs)), request);
  }
  if (answer.errorCode !== 0) throw refusal(answer.errorCode, `${pipeline.peer}: ApiVersions`);
  if (answer.apiKeys.length === 0) {
    throw new ProtocolError('UNSUPPORTED_VERSION', `${pipeline.peer} says that it serves nothing`);
  }
  return new Negotiated(answer);
}

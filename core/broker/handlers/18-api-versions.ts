import { ProtocolError } from '../../base/errors.js';
import { apiVersions } from '../../protocol/18-api-versions.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { servedVersions } from '../served-apis.js';
import { transactionVersion } from '../transaction-coordinator.js';

const clientNamePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const clientNameFromVersion = 3;

/** Older versions may not name a feature that begins at 0: their clients would refuse the answer. */
const zeroMinimaFromVersion = 4;

/** By this clients know that each transaction has an epoch of its own (KIP-890). */
const name = 'transaction.version';
const supported = { name, minVersion: 0, maxVersion: transactionVersion };
const finalized = { name, minVersionLevel: transactionVersion, maxVersionLevel: transactionVersion };

export const apiVersionsHandler = handler(apiVersions, (_node, request, context) => {
  const { clientSoftwareName, clientSoftwareVersion } = request;
  const isNamed = clientNamePattern.test(clientSoftwareName) && clientNamePattern.test(clientSoftwareVersion);
  if (context.apiVersion >= clientNameFromVersion && !isNamed) {
    const error = new ProtocolError('INVALID_REQUEST', `"${clientSoftwareName}" is no name of a client`);
    return apiVersions.response({ errorCode: errorCode(error) });
  }
  return apiVersions.response({
    apiKeys: [...servedVersions].map(([apiKey, [minVersion, maxVersion]]) => ({ apiKey, minVersion, maxVersion })),
    supportedFeatures: context.apiVersion >= zeroMinimaFromVersion ? [supported] : [],
    finalizedFeaturesEpoch: 0,
    finalizedFeatures: [finalized],
  });
});

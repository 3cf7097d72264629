import { ProtocolError } from '../../base/errors.js';
import { apiVersions } from '../../protocol/18-api-versions.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { servedVersions } from '../served-apis.js';

const clientNamePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const clientNameFromVersion = 3;

export const apiVersionsHandler = handler(apiVersions, (_node, request, context) => {
  const { clientSoftwareName, clientSoftwareVersion } = request;
  const isNamed = clientNamePattern.test(clientSoftwareName) && clientNamePattern.test(clientSoftwareVersion);
  if (context.apiVersion >= clientNameFromVersion && !isNamed) {
    const error = new ProtocolError('INVALID_REQUEST', `"${clientSoftwareName}" is no name of a client`);
    return apiVersions.response({ errorCode: errorCode(error) });
  }
  return apiVersions.response({
    apiKeys: [...servedVersions].map(([apiKey, [minVersion, maxVersion]]) => ({ apiKey, minVersion, maxVersion })),
    finalizedFeaturesEpoch: 0,
  });
});

import type { ConfigInfos } from '../connect/index.js';
import { type ConnectClient, segment } from './connect-client.js';
import type { DescribedConnector } from './connector-file.js';
import { InvalidInput } from './exit-code.js';

/** What a worker finds wrong with a connector's configuration, by key. */
export async function validated(
  client: ConnectClient,
  { name, config }: DescribedConnector,
): Promise<readonly { readonly key: string; readonly message: string }[]> {
  const connectorClass = config['connector.class'];
  if (typeof connectorClass !== 'string') throw new InvalidInput(`${name}: connector.class: say which connector it is`);
  const path = `/connector-plugins/${segment(connectorClass)}/config/validate`;
  const { configs } = await client.put<ConfigInfos>(path, config);
  return configs.flatMap(({ value }) => value.errors.map(message => ({ key: value.name, message })));
}

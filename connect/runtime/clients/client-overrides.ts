// `producer.override.*`, `consumer.override.*`, `admin.override.*`: a connector's own settings of the clients that work for it. A property of Kafka that no
// client here has is named in a warning, and has no effect.

import { didYouMean, type KafkaProperties, type ProducerOptions } from '../../../core/index.js';
import type { Logger } from '../../api/context.js';
import { type ClientProperties, optionOf } from './client-property.js';
import { consumerProperties, type SinkConsumerOptions } from './consumer-properties.js';
import { producerProperties } from './producer-properties.js';

export type ClientKind = 'producer' | 'consumer' | 'admin';

/** What our clients can be told; the admin client has no settings of its own. */
export const clientProperties: Readonly<Record<ClientKind, ClientProperties<object>>> = {
  producer: producerProperties,
  consumer: consumerProperties,
  admin: {},
};

/** The parts of `producer.override.acks`; undefined for any other key. */
export function overrideOf(key: string): { readonly kind: ClientKind; readonly name: string } | undefined {
  const [, kind, name] = /^(producer|consumer|admin)\.override\.(.+)$/.exec(key) ?? [];
  return name === undefined ? undefined : { kind: kind as ClientKind, name };
}

/** Whether a client of that kind has such a setting here. */
export function isOverridable(kind: ClientKind, name: string): boolean {
  return Object.hasOwn(clientProperties[kind], name) || isOfConnection(name);
}

export class ClientOverrides {
  readonly #given: readonly { readonly kind: ClientKind; readonly name: string; readonly value: string }[];

  constructor(config: Readonly<Record<string, unknown>>) {
    this.#given = Object.entries(config).flatMap(([key, value]) => {
      const override = overrideOf(key);
      return override === undefined || value === null || value === undefined
        ? []
        : [{ ...override, value: String(value) }];
    });
  }

  /** Throws ConfigError for a value that cannot be meant. */
  producer(): ProducerOptions {
    return this.#options('producer', producerProperties);
  }

  /** Throws ConfigError for a value that cannot be meant. */
  consumer(): SinkConsumerOptions {
    return this.#options('consumer', consumerProperties);
  }

  /** How and as whom that client connects; undefined: as the worker does. */
  connection(wanted: ClientKind): KafkaProperties | undefined {
    const own = this.#given.filter(({ kind, name }) => kind === wanted && isOfConnection(name));
    return own.length === 0 ? undefined : Object.fromEntries(own.map(({ name, value }) => [name, value]));
  }

  /** The group of a sink that has no name of its own for it. */
  groupId(connector: string): string {
    const given = this.#given.find(({ kind, name }) => kind === 'consumer' && name === 'group.id');
    return given?.value.trim() || `connect-${connector}`;
  }

  /** Says what has no effect. `kinds`: those of the clients that the connector has. `connects`: whether there is a cluster to connect to. */
  warn(
    logger: Logger,
    connector: string,
    given: { readonly kinds: readonly ClientKind[]; readonly connects: boolean },
  ): void {
    for (const { kind, name } of this.#given) {
      const reason = withoutEffect(kind, name, given);
      if (reason === undefined) continue;
      logger.warn(`connector ${connector}: ${kind}.override.${name} has no effect: ${reason}`);
    }
  }

  #options<Options>(wanted: ClientKind, properties: ClientProperties<Options>): Partial<Options> {
    const own = this.#given.filter(({ kind, name }) => kind === wanted && Object.hasOwn(properties, name));
    return Object.assign(
      {},
      ...own.map(({ name, value }) => optionOf(name, properties[name]!, value)),
    ) as Partial<Options>;
  }
}

function withoutEffect(
  kind: ClientKind,
  name: string,
  { kinds, connects }: { readonly kinds: readonly ClientKind[]; readonly connects: boolean },
): string | undefined {
  const known = Object.keys(clientProperties[kind]);
  if (!kinds.includes(kind)) return `it has no ${kind}`;
  if (isOfConnection(name)) return connects ? undefined : 'it works on a log that is reached without a connection';
  return known.includes(name) ? undefined : `the ${kind} has no such setting here${didYouMean(name, known)}`;
}

/** What says how the cluster is reached, and as whom. */
function isOfConnection(name: string): boolean {
  return /^(bootstrap\.servers|security\.protocol|sasl\..*|ssl\..*|request\.timeout\.ms|reconnect\..*|socket\..*|client\.dns\.lookup)$/.test(
    name,
  );
}

/** Who we are, where the brokers ask (SASL). */
export type SaslOptions =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      /** A JSON web token, or what gives one: it is asked for each connection, and again before the token's session ends. */
      readonly token: string | (() => string | Promise<string>);
      /** SASL extensions (KIP-342), such as `logicalCluster`. */
      readonly extensions?: Readonly<Record<string, string>>;
    };

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;

/** Where the values of placeholders such as `${env:PASSWORD}` and `${file:/run/secrets.properties:password}` come from. */
export interface ConfigProvider {
  /** Throws ConfigError, saying what to do, for what is not there or not allowed. `path` is empty where the placeholder has none. */
  get(path: string, key: string): string;
  /** After so long a value may be another one. Undefined: it stays for as long as the connector runs. */
  readonly ttlMs?: number | undefined;
}

const reasons: Readonly<Record<number, string>> = {
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  415: 'Unsupported Media Type',
};

/** A request that is wrong as HTTP, before any connector is asked. Without a message it says what Kafka Connect says: `HTTP 404 Not Found`. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message?: string, headers: Readonly<Record<string, string>> = {}) {
    super(message ?? `HTTP ${status} ${reasons[status] ?? ''}`.trimEnd());
    this.status = status;
    this.headers = headers;
  }
}

import type { ExecutionContext } from 'ava';
import { ownPlugins } from '../../../cli/connect-plugins.js';
import { listenRest, type RestOptions, startWorker, type Worker } from '../../../connect/index.js';
import { type Log, openLog } from '../../../core/index.js';
import { DescribedAnswers } from './described-answers.js';

const loopback = { host: '127.0.0.1', port: 0 };

/** What was logged, by all. */
export class KeptLog {
  readonly lines: string[] = [];
  readonly #keep = (message: string, facts?: object): void => {
    this.lines.push(`${message} ${JSON.stringify(facts ?? {})}`);
  };
  readonly debug = this.#keep;
  readonly info = this.#keep;
  readonly warn = this.#keep;
  readonly error = this.#keep;
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into what it expects
  readonly json: any;
}

/** A worker in memory behind its REST API, with all our connectors; every answer is compared with the OpenAPI description. */
export class RestUnderTest {
  readonly log: Log;
  readonly worker: Worker;
  readonly url: string;
  readonly kept: KeptLog;
  readonly #t: ExecutionContext;
  readonly #described: DescribedAnswers;
  readonly #headers: Readonly<Record<string, string>>;
  /** Every answer as it came, head and body. */
  readonly answers: string[] = [];

  private constructor(
    t: ExecutionContext,
    parts: Pick<RestUnderTest, 'log' | 'worker' | 'url' | 'kept'>,
    description: unknown,
    headers: Readonly<Record<string, string>>,
  ) {
    this.#t = t;
    this.log = parts.log;
    this.worker = parts.worker;
    this.url = parts.url;
    this.kept = parts.kept;
    this.#described = new DescribedAnswers(description);
    this.#headers = headers;
  }

  static async start(
    t: ExecutionContext,
    options: Partial<RestOptions> & {
      readonly config?: Record<string, string>;
      readonly headers?: Record<string, string>;
      /** Where the log is; in memory by default. */
      readonly url?: string;
      readonly secretsKey?: Uint8Array;
    } = {},
  ): Promise<RestUnderTest> {
    const { config = {}, headers = {}, url = 'memory:', secretsKey, ...restOptions } = options;
    const kept = new KeptLog();
    const log = await openLog(url);
    t.teardown(() => log.close());
    const rest = await listenRest(log, { address: loopback, logger: kept, ...restOptions });
    t.teardown(() => rest.close());
    const workerId = `127.0.0.1:${rest.port}`;
    const worker = await startWorker(log, {
      config,
      plugins: await ownPlugins(),
      logger: kept,
      workerId,
      version: '1.2.3',
      secretsKey,
    });
    rest.attach(worker);
    t.teardown(() => worker.close());
    const description: unknown = await (await fetch(`${rest.url}/openapi.json`, { headers })).json();
    return new RestUnderTest(t, { log, worker, url: rest.url, kept }, description, headers);
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Asked> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: Buffer.from(text) }),
    });
    const answer = await response.text();
    const fault =
      method === 'HEAD' || method === 'OPTIONS'
        ? undefined
        : this.#described.fault(method, response.url, response.status, answer);
    this.#t.is(fault, undefined);
    this.answers.push(JSON.stringify(Object.fromEntries(response.headers)), answer);
    const isJson = response.headers.get('content-type') === 'application/json' && answer !== '';
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      json: isJson ? JSON.parse(answer) : undefined,
    };
  }

  /** Endpoints that nobody asked. */
  unseen(): readonly string[] {
    return this.#described.unseen();
  }

  async until(path: string, condition: (asked: Asked) => boolean): Promise<Asked> {
    const { clock } = this.log.ports;
    const giveUpAt = clock.monotonic() + 120_000;
    for (;;) {
      const asked = await this.ask('GET', path);
      if (condition(asked)) return asked;
      if (clock.monotonic() > giveUpAt) throw new Error(`waited in vain at ${path}: ${asked.text}`);
      await clock.sleep(20);
    }
  }

  /** Waits until the connector and its tasks read so. */
  untilState(name: string, state: string, ...tasks: readonly string[]): Promise<Asked> {
    return this.until(`/connectors/${name}/status`, ({ json }) => {
      const states = (json.tasks as { state: string }[] | undefined)?.map(task => task.state) ?? [];
      return json.connector?.state === state && states.join() === tasks.join();
    });
  }
}

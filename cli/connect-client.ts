// The REST API of a Connect worker, as the commands of `millrace connector` ask it.

import type { Command } from 'commander';
import { InvalidInput, Unreachable } from './exit-code.js';
import { listedFaults } from './invalid-connectors.js';
import { rootOf } from './place.js';

const defaultUrl = 'http://127.0.0.1:8083';

/** What a worker refused, in its own words. */
class Refused extends InvalidInput {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class ConnectClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, authorization: string | undefined) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new InvalidInput(`--connect-url ${url} is no address: write ${defaultUrl}`);
    }
    this.url = url.replace(/\/+$/, '');
    this.#headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
  }

  /** The worker that --connect-url names, with the credentials of --connect-user or --connect-token. */
  static of(command: Command): ConnectClient {
    const root = rootOf(command);
    const option = (name: string) => root.getOptionValue(name) as string | undefined;
    const user = option('connectUser');
    const token = option('connectToken');
    if (user !== undefined && token !== undefined)
      throw new InvalidInput('give --connect-user or --connect-token, not both');
    if (user !== undefined && !user.includes(':'))
      throw new InvalidInput('--connect-user: write user:password, with the colon');
    const basic = user === undefined ? undefined : `Basic ${Buffer.from(user).toString('base64')}`;
    return new ConnectClient(option('connectUrl') ?? defaultUrl, token === undefined ? basic : `Bearer ${token}`);
  }

  get<T>(path: string): Promise<T> {
    return this.#ask('GET', path);
  }

  /** `about`: what stands before each thing that is wrong with the body. */
  post<T = void>(path: string, body?: unknown, about?: string): Promise<T> {
    return this.#ask('POST', path, { body, about });
  }

  put<T = void>(path: string, body?: unknown): Promise<T> {
    return this.#ask('PUT', path, { body });
  }

  patch<T = void>(path: string, body: unknown): Promise<T> {
    return this.#ask('PATCH', path, { body });
  }

  delete<T = void>(path: string): Promise<T> {
    return this.#ask('DELETE', path);
  }

  /** Undefined where the worker answers 404, or another of these. */
  async find<T>(path: string, statuses: readonly number[] = [404]): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof Refused && statuses.includes(error.status)) return undefined;
      throw error;
    }
  }

  /** Throws InvalidInput, naming the nearest, for a connector that there is not. */
  async require(connector: string): Promise<void> {
    const known = await this.get<readonly string[]>('/connectors');
    if (known.includes(connector)) return;
    const { didYouMean } = await import('../core/index.js');
    throw new InvalidInput(`there is no connector "${connector}" at ${this.url}${didYouMean(connector, known)}`);
  }

  #notLetIn(): Error {
    const given = 'authorization' in this.#headers;
    const kind = /^Basic /.test(this.#headers['authorization'] ?? '') ? 'user and password' : 'token';
    return new Refused(
      401,
      given
        ? `the worker at ${this.url} does not know this ${kind}: give others by --connect-user or --connect-token`
        : `the worker at ${this.url} asks who you are: give --connect-user or --connect-token`,
    );
  }

  async #ask<T>(
    method: string,
    path: string,
    { body, about }: { readonly body?: unknown; readonly about?: string | undefined } = {},
  ): Promise<T> {
    const hasBody = body !== undefined;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.#headers, ...(hasBody && { 'content-type': 'application/json' }) },
      ...(hasBody && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      if (/CERT|SIGNATURE|ALTNAME/.test(reasonOf(error))) {
        throw new Unreachable(
          `the certificate of ${this.url} is not trusted here (${reasonOf(error)}): name the file of its authority in NODE_EXTRA_CA_CERTS`,
          { cause: error },
        );
      }
      throw new Unreachable(
        `no Connect worker answers at ${this.url} (${reasonOf(error)}): start one with millrace connect start, or name it by --connect-url`,
        { cause: error },
      );
    });
    const text = await response.text();
    if (response.ok) return (text === '' ? undefined : jsonOf(text, this.url)) as T;
    if (response.status === 401) throw this.#notLetIn();
    throw refusal({ status: response.status, text, url: this.url, about });
  }
}

/** A segment of a path. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}

function reasonOf(error: Error): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? error.message;
}

function jsonOf(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreachable(`${url} does not answer as a Connect worker does: is it another server?`);
  }
}

function refusal({
  status,
  text,
  url,
  about,
}: {
  readonly status: number;
  readonly text: string;
  readonly url: string;
  readonly about: string | undefined;
}): Error {
  let message = `${url} answers ${status}`;
  try {
    const { message: said } = JSON.parse(text) as { message?: unknown };
    if (typeof said === 'string') message = said;
  } catch {
    // not in the words of Kafka Connect: the status has to do
  }
  const listed = listedFaults(message, about);
  if (listed !== undefined) return listed;
  return status >= 500 ? new Unreachable(message) : new Refused(status, message);
}

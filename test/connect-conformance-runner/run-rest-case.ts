// Runs a recorded scenario against a worker of its own: in memory, served over HTTP, with the connectors that `millrace connect start` has.

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownPlugins } from '../../cli/connect-plugins.js';
import { listenRest, startWorker } from '../../connect/index.js';
import { type Log, openLog } from '../../core/index.js';
import { quiet } from '../connect/quiet.js';
import { filled, mismatches, type Places } from './recorded-match.js';
import type { Awaited, RecordedRequest, RecordedResponse, RestCase, RestStep } from './rest-case.js';
import { ruleFor } from './rest-differences.js';
import { topicMismatches } from './written-topics.js';

const patienceMs = 120_000;

const properties = {
  'offset.flush.interval.ms': '1000',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'key.converter.schemas.enable': 'true',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'true',
  'config.providers': 'file,env',
};

const ofWorkers = {
  main: {},
  tracking: { 'topic.tracking.enable': 'false' },
  reset: { 'topic.tracking.allow.reset': 'false' },
} as const;

export interface RestOutcome {
  /** Where an answer is not the recorded one, and no rule allows it. */
  readonly failures: readonly string[];
  /** The rules by which answers differ. */
  readonly rules: readonly string[];
}

/** `seen`: told of every answer, such as for comparing it with the OpenAPI description. */
export async function runRestCase(
  recorded: RestCase,
  seen: (method: string, url: string, response: Response, body: string) => void = () => {},
): Promise<RestOutcome> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-rest-'));
  const log = await openLog('memory:');
  const address = { host: '127.0.0.1', port: 0 };
  const rest = await listenRest(log, { address, logger: quiet, hasAdmin: recorded.worker !== 'reset' });
  const workerId = `127.0.0.1:${rest.port}`;
  const config = { ...properties, ...ofWorkers[recorded.worker] };
  const worker = await startWorker(log, { config, plugins: await ownPlugins(), logger: quiet, workerId });
  rest.attach(worker);
  const run = new RestRun(log, rest.url, { dir, worker: workerId }, seen);
  try {
    for (const [at, step] of recorded.steps.entries()) await run.step(step, at);
    for (const [topic, records] of Object.entries(recorded.topics ?? {})) await run.topic(topic, records);
    return { failures: run.failures, rules: [...run.rules] };
  } finally {
    await rest.close();
    await worker.close();
    await log.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

class RestRun {
  readonly failures: string[] = [];
  readonly rules = new Set<string>();
  readonly #log: Log;
  readonly #url: string;
  readonly #places: Places;
  readonly #seen: (method: string, url: string, response: Response, body: string) => void;
  /** What was appended to the files, for positions: the reference counts UTF-16 characters, and bytes are counted here. */
  #text = '';

  constructor(log: Log, url: string, places: Places, seen: (m: string, u: string, r: Response, b: string) => void) {
    this.#log = log;
    this.#url = url;
    this.#places = places;
    this.#seen = seen;
  }

  async step(step: RestStep, at: number): Promise<void> {
    if ('file' in step) {
      this.#text += step.file.append;
      appendFileSync(filled(step.file.path, this.#places), step.file.append);
    } else if ('sleep' in step) await this.#log.ports.clock.sleep(step.sleep);
    else if ('await' in step) await this.#await(step.await, at);
    else await this.#request(step.request, step.response, at);
  }

  async topic(name: string, records: Parameters<typeof topicMismatches>[2]): Promise<void> {
    const expected = this.#inBytes(records) as typeof records;
    const { failures, rules } = await topicMismatches(this.#log, name, expected, this.#places);
    this.failures.push(...failures.map(failure => `topic ${name}: ${failure}`));
    for (const rule of rules) this.rules.add(rule);
  }

  async #request(request: RecordedRequest, recorded: RecordedResponse, at: number): Promise<void> {
    const { response, text } = await this.#send(request);
    const json = parsed(text);
    const expected = this.#inBytes(recorded.json);
    const differences =
      response.status !== recorded.status
        ? [`status ${response.status}, not ${recorded.status}: ${text.slice(0, 300)}`]
        : [
            ...headerMismatches(response, recorded, this.#places),
            ...this.#bodyMismatches(request, recorded, expected, json),
          ];
    if (differences.length === 0) return;
    const rule = ruleFor(request, recorded, { status: response.status, json });
    if (rule !== undefined) this.rules.add(rule);
    else this.failures.push(`step ${at} ${request.method} ${request.path}: ${differences.slice(0, 3).join('; ')}`);
  }

  #bodyMismatches(
    { path }: RecordedRequest,
    recorded: RecordedResponse,
    expected: unknown,
    json: unknown,
  ): readonly string[] {
    if (recorded.json === undefined) return json === undefined ? [] : [`a body: ${JSON.stringify(json)}`];
    const [one, other] = path === '/connectors' ? [sorted(json), sorted(expected)] : [json, expected];
    return mismatches(withOwnVersions(one), withOwnVersions(other), this.#places);
  }

  async #send({ method, path, headers, body, rawBody }: RecordedRequest) {
    const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
    const url = `${this.#url}${filled(path, this.#places)}`;
    const response = await fetch(url, {
      method,
      ...(headers !== undefined && { headers: { ...headers } }),
      // As bytes: of a text fetch would make up a content type.
      ...(text !== undefined && { body: Buffer.from(filled(text, this.#places)) }),
    });
    const answer = await response.text();
    this.#seen(method, url, response, answer);
    return { response, text: answer };
  }

  async #await(awaited: Awaited, at: number): Promise<void> {
    const { clock } = this.#log.ports;
    const until = clock.monotonic() + patienceMs;
    let found = '';
    while (clock.monotonic() < until) {
      found = JSON.stringify(await this.#look(awaited));
      if (found === JSON.stringify(this.#wanted(awaited))) return;
      await clock.sleep(20);
    }
    this.failures.push(
      `step ${at}: waited in vain for ${JSON.stringify(this.#wanted(awaited))}, and there is ${found}`,
    );
  }

  #wanted({ state, tasks, offsets, topics }: Awaited): unknown {
    return offsets === undefined ? (topics ?? [state, ...(tasks ?? [])]) : this.#inBytes(offsets);
  }

  async #look({ connector, tasks, offsets, topics }: Awaited): Promise<unknown> {
    const path = `/connectors/${connector}/${offsets ? 'offsets' : topics ? 'topics' : 'status'}`;
    const { response, text } = await this.#send({ method: 'GET', path });
    const json = parsed(text) as Record<string, never>;
    if (offsets !== undefined) return ((json['offsets'] ?? []) as { offset: unknown }[]).map(({ offset }) => offset);
    if (topics !== undefined) return (json[connector] as { topics: unknown } | undefined)?.topics;
    if (response.status === 404) return [null];
    const status = json as unknown as { connector: { state: string }; tasks: { state: string }[] };
    return [status.connector.state, ...(tasks === undefined ? [] : status.tasks.map(({ state }) => state))];
  }

  /** Positions in characters as positions in bytes, also inside of texts. */
  #inBytes(recorded: unknown): unknown {
    if (Buffer.byteLength(this.#text) === this.#text.length || recorded === undefined) return recorded;
    this.rules.add('positions in a file are bytes');
    const bytes = (position: string) => String(Buffer.byteLength(this.#text.slice(0, Number(position))));
    const text = JSON.stringify(recorded).replace(
      /(\\?"position\\?":)(\d+)/g,
      (_, name: string, position: string) => `${name}${bytes(position)}`,
    );
    return JSON.parse(text);
  }
}

/** Each plugin has its own version. */
function withOwnVersions(json: unknown): unknown {
  if (json === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(json, (key, value: unknown) => (key === 'version' && value !== null ? 'any' : value)),
  );
}

function headerMismatches(response: Response, recorded: RecordedResponse, places: Places): readonly string[] {
  return Object.entries(recorded.headers)
    .filter(([name, value]) => response.headers.get(name) !== filled(value, places))
    .map(([name, value]) => `${name}: ${response.headers.get(name)}, not ${value}`);
}

function sorted(json: unknown): unknown {
  return Array.isArray(json) ? [...(json as string[])].sort((a, b) => (a < b ? -1 : 1)) : json;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

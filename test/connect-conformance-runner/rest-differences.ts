// Where a worker here answers otherwise on purpose, by rule: the scenarios that are run before a release are others than the copy in this project.
// Each rule is a paragraph of the decision on the REST API.

import { isDeepStrictEqual } from 'node:util';
import type { RecordedRequest, RecordedResponse } from './rest-case.js';

export interface Found {
  readonly status: number;
  readonly json: unknown;
}

interface Loggers {
  readonly root?: unknown;
}

type Rule = (request: RecordedRequest, recorded: RecordedResponse, found: Found) => boolean;

const isRefusal = ({ status }: Found) => status >= 400 && status < 500;

export const rules: Readonly<Record<string, Rule>> = {
  "500 is not the answer to the caller's fault": (_request, { status }, found) => status === 500 && isRefusal(found),
  'a text of Java or of its JSON library, or a page of its server': (_request, { status, text, javaText }, found) =>
    (javaText === true || text === '{html error page}') && status === found.status,
  'a stopped connector has no task to restart, which is no rebalance': (request, { status, json }, found) =>
    request.path.endsWith('/restart') && /no known leader/.test(messageOf(json)) && status === found.status,
  'a message does not quote a configuration, which may hold secrets': (_request, { status, json }, found) =>
    / contains no connector type$/.test(messageOf(json)) &&
    / contains no connector type$/.test(messageOf(found.json)) &&
    status === found.status,
  'a trace is a text of Java': ({ path }, { json }, found) =>
    path.endsWith('/status') && isDeepStrictEqual(withoutTraces(found.json), withoutTraces(json)),
  'a message says what may have been meant': (_request, { status, json }, found) =>
    / \(did you mean ".*?"\?\)/.test(messageOf(found.json)) &&
    messageOf(found.json).replace(/ \(did you mean ".*?"\?\)/g, '') === messageOf(json) &&
    status === found.status,
  'other connectors are installed': ({ method, path }, { json }, found) =>
    method === 'GET' && path.startsWith('/connector-plugins') && Array.isArray(json) && holdsFileStreams(found.json),
  // Of the list of all, the recorded answer has kept the root.
  'loggers have other names': ({ path }, { status, json }, found) =>
    status === 200 &&
    (path === '/admin/loggers'
      ? isDeepStrictEqual((found.json as Loggers).root, (json as Loggers).root)
      : path.startsWith('/admin/loggers/') && Array.isArray(found.json)),
  'tasks-config is still served': ({ method, path }, { status }, found) =>
    method === 'GET' && path.endsWith('/tasks-config') && status === 404 && found.status === 200,
};

/** The name of the rule by which the answer may differ. */
export function ruleFor(...facts: Parameters<Rule>): string | undefined {
  return Object.entries(rules).find(([, rule]) => rule(...facts))?.[0];
}

/** A state's trace is there or not; that the versions are ours is seen elsewhere. */
function withoutTraces(json: unknown): unknown {
  return JSON.parse(
    JSON.stringify(json ?? null, (key, value: unknown) =>
      key === 'trace' || key === 'worker_id' || (key === 'version' && value !== null) ? key : value,
    ),
  );
}

function messageOf(json: unknown): string {
  return String((json as { message?: unknown } | undefined)?.message);
}

function holdsFileStreams(json: unknown): boolean {
  const classes = Array.isArray(json) ? json.map(plugin => (plugin as { class?: unknown }).class) : [];
  return ['FileStreamSourceConnector', 'FileStreamSinkConnector'].every(name =>
    classes.includes(`org.apache.kafka.connect.file.${name}`),
  );
}

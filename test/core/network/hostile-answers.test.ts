// Answers that no broker sends, between the client and a real broker of ours. A crash or a rejection that nobody handles would end
// this file, as ava has it; a call that hangs is found by its own clock.

import test, { type ExecutionContext } from 'ava';
import { ProtocolError, WorldFault } from '../../../core/base/errors.js';
import { NetworkConnection } from '../../../core/client/network/network-connection.js';
import { type NetworkSettings, networkDefaults } from '../../../core/client/network/network-settings.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { fetch } from '../../../core/protocol/01-fetch.js';
import { listOffsets } from '../../../core/protocol/02-list-offsets.js';
import { metadata } from '../../../core/protocol/03-metadata.js';
import { findCoordinator } from '../../../core/protocol/10-find-coordinator.js';
import { describeConfigs } from '../../../core/protocol/32-describe-configs.js';
import { describeCluster } from '../../../core/protocol/60-describe-cluster.js';
import type { Api } from '../../../core/protocol/api.js';
import { simulatedRandom } from '../../../core/simulation/random.js';
import { batchOf, Requests } from '../requests.js';
import { BrokerListener } from './broker-listener.js';
import { answerBytesMax, type Damage, damages } from './hostile-answers.js';
import { ManglingProxy } from './mangling-proxy.js';

const ports = nodePorts();
const casesPerDamage = 250;
/** Those that must wait for the timeout. */
const slowDamages = ['never', 'announced, and never complete'];
const slowCases = 30;
const lanes = 8;
/** Only for those: the others must be found out at once, or be answered. */
const shortTimeoutMs = 150;
/** Far beyond every timeout, on a busy machine too. */
const hangsAfterMs = 30_000;

const patient = { ...networkDefaults, requestTimeoutMs: 60_000, connectionSetupTimeoutMs: 60_000, answerBytesMax };
const impatient = { ...patient, requestTimeoutMs: shortTimeoutMs };

interface Outcome {
  readonly damage: Damage;
  readonly answered: number;
  readonly refused: readonly unknown[];
}

test('an answer that no broker sends ends its connection, with the address of the broker, and nothing else', async t => {
  const listener = await BrokerListener.start();
  t.teardown(() => listener.close());
  const asked = await questions(listener);
  const cases = damages.flatMap(damage =>
    Array.from({ length: slowDamages.includes(damage.name) ? slowCases : casesPerDamage }, (_, seed) => ({
      damage,
      seed,
    })),
  );
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    const proxy = await ManglingProxy.start(listener.port);
    for (let next = cases.pop(); next !== undefined; next = cases.pop()) {
      outcomes.push(await runCase(t, proxy, asked, next));
    }
    await proxy.close();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const damage of damages) check(t, damage, outcomes);
  t.is(outcomes.length, (damages.length - slowDamages.length) * casesPerDamage + slowDamages.length * slowCases);
  // The broker, and a client that meets no damage, are as well as ever.
  const requests = new Requests(await open(listener.port));
  t.is((await requests.send(metadata, {})).brokers.length, 1);
  await requests.connection.close();
});

type Question = readonly [api: Api, request: object];

async function questions(listener: BrokerListener): Promise<readonly Question[]> {
  const requests = new Requests(await open(listener.port));
  await requests.createTopic('t', 2);
  const records = [batchOf(['one', 'two', 'three'])];
  const writing = { acks: -1, timeoutMs: 100, topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] };
  await requests.send(produce, writing);
  const { topics } = await requests.send(metadata, { topics: [{ name: 't' }] });
  await requests.connection.close();
  const partitions = [0, 1].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 2_000 }));
  return [
    [metadata, { topics: null }],
    [produce, writing],
    [fetch, { maxBytes: 2_000, topics: [{ topic: 't', topicId: topics[0]!.topicId, partitions }] }],
    [listOffsets, { replicaId: -1, topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }],
    [findCoordinator, { coordinatorKeys: ['g'] }],
    [describeConfigs, { resources: [{ resourceType: 2, resourceName: 't', configurationKeys: null }] }],
    [describeCluster, {}],
  ];
}

async function runCase(
  t: ExecutionContext,
  proxy: ManglingProxy,
  asked: readonly Question[],
  { damage, seed }: { readonly damage: Damage; readonly seed: number },
): Promise<Outcome> {
  const random = simulatedRandom(`${damage.name} ${seed}`);
  // The answer to ApiVersions now and then, otherwise the first or second of three that are asked together.
  const isHandshake = damage.name !== 'after the next one' && random.below(6) === 0;
  proxy.mangle = damage.plan(random, isHandshake ? 0 : 1 + random.below(2));
  const connecting = open(proxy.port, slowDamages.includes(damage.name) ? impatient : patient);
  const settled = await inTime(
    `${damage.name}, seed ${seed}`,
    exchange(connecting, asked, () => random.below(asked.length)),
  );
  const refused = settled.filter(each => each.status === 'rejected').map(each => each.reason as unknown);
  for (const error of refused) requireAddress(t, error, proxy.address, `${damage.name}, seed ${seed}`);
  return { damage, answered: settled.length - refused.length, refused };
}

/** Three requests at once over a new connection, and one more. */
async function exchange(
  connecting: Promise<NetworkConnection>,
  asked: readonly Question[],
  below: () => number,
): Promise<PromiseSettledResult<unknown>[]> {
  const [opened] = await Promise.allSettled([connecting]);
  if (opened.status === 'rejected') return [opened];
  const connection = opened.value;
  const send = () => {
    const [api, request] = asked[below()]!;
    return connection.send(api, api.request(request));
  };
  const first = await Promise.allSettled([send(), send(), send()]);
  const last = await Promise.allSettled([send()]);
  await connection.close();
  return [...first, ...last];
}

function open(port: number, settings: NetworkSettings = patient): Promise<NetworkConnection> {
  const watcher = { onAnswer: () => undefined, onClosed: () => undefined };
  const { signal } = new AbortController();
  return NetworkConnection.open(ports, settings, { address: { host: '127.0.0.1', port }, watcher, signal });
}

async function inTime<T>(title: string, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const hangs = ports.clock.sleep(hangsAfterMs, stop.signal).then(() => {
    throw new Error(`${title} hangs`);
  });
  hangs.catch(() => undefined);
  try {
    return await Promise.race([work, hangs]);
  } finally {
    stop.abort();
  }
}

function requireAddress(t: ExecutionContext, error: unknown, address: string, title: string): void {
  const isOurs = error instanceof WorldFault || error instanceof ProtocolError;
  if (!isOurs || !error.message.includes(address)) t.fail(`${title}: ${(error as Error).stack}`);
}

function check(t: ExecutionContext, damage: Damage, outcomes: readonly Outcome[]): void {
  const mine = outcomes.filter(outcome => outcome.damage === damage);
  const hurt = mine.filter(({ refused }) => refused.length > 0).length;
  if (damage.fate === 'refused') t.is(hurt, mine.length, damage.name);
  if (damage.fate === 'answered') t.is(hurt, 0, damage.name);
  // A flipped bit may be one that nobody can tell from the right one, but not always.
  if (damage.fate === 'either') t.true(hurt > mine.length / 20, `${damage.name}: ${hurt}`);
  const faults = mine.flatMap(({ refused }) => refused.filter(error => error instanceof WorldFault));
  if (damage.fate === 'refused') t.true(faults.length > 0, damage.name);
  t.log(`${damage.name}: ${mine.length} cases, ${hurt} refused`);
}

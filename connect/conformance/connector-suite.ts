import { configKeys } from '../api/option-table.js';
import { type ConfigUnderTest, requireNoSecret, runConfigCase } from './config-cases.js';
import type { ConformanceCase, ConformanceOutcome } from './conformance-case.js';
import type { Place, SinkPlace, SinkUnderTest, SourcePlace, SourceUnderTest } from './fixtures.js';
import { failingOnce, runSinkThroughRuntime, runSourceThroughRuntime } from './runtime-cases.js';
import { sinkCases } from './sink-cases.js';
import { SinkScene } from './sink-scene.js';
import { sourceCases } from './source-cases.js';
import { Stage } from './stage.js';

export interface SuiteOptions {
  /** Stands in front of each title. Default: the name of the connector. */
  readonly name?: string;
  readonly source?: SourceUnderTest;
  readonly sink?: SinkUnderTest;
  /** How long may be waited for something that must happen before it counts as never. Default a minute. */
  readonly limitMs?: number;
}

interface Suite<P extends Place> {
  readonly name: string;
  readonly limitMs: number;
  readonly under: { readonly connector: ConfigUnderTest['connector']; place(): Promise<P> };
}

type Failpoint = (name: string) => void;
type Body<P extends Place> = (stage: Stage, place: P) => Promise<ConformanceOutcome | undefined>;

/**
 * What every connector must show, as cases for any test framework. Give `source` or `sink`, or both.
 *
 * ```ts
 * for (const each of connectorSuite({ sink: mySink })) test(each.title, () => each.run());
 * ```
 */
export function connectorSuite(options: SuiteOptions): readonly ConformanceCase[] {
  const { source, sink, limitMs = 60_000 } = options;
  const nameOf = (connector: { name: string }): string => options.name ?? connector.name;
  return [
    ...(source === undefined ? [] : sourceSuite(source, nameOf(source.connector), limitMs)),
    ...(sink === undefined ? [] : sinkSuite(sink, nameOf(sink.connector), limitMs)),
  ];
}

function sourceSuite(under: SourceUnderTest, name: string, limitMs: number): readonly ConformanceCase[] {
  const suite = { name, limitMs, under };
  const driven = sourceCases.map(({ id, title, leftOut, run }) =>
    caseOf<SourcePlace>(suite, id, title, async (stage, place) => {
      const why = leftOut?.(under, place);
      if (why !== undefined) return { leftOut: why };
      await run(stage, under, place);
      return undefined;
    }),
  );
  return [
    ...driven,
    throughRuntime(suite, under, false),
    throughRuntime(suite, under, true),
    configCase(suite, under.wrong),
  ];
}

function throughRuntime(suite: Suite<SourcePlace>, under: SourceUnderTest, isExactlyOnce: boolean): ConformanceCase {
  const [id, title] = isExactlyOnce
    ? [
        'exactly-once',
        'with transactions, a reader of committed records sees each value once, though tasks fail around commits',
      ]
    : ['runtime', 'run and restarted by the runtime, no value is lost, though tasks fail around commits'];
  const { failpoint, fired } = failingOnce(['connect/records-sent', 'connect/offsets-written']);
  const body: Body<SourcePlace> = async (stage, place) => {
    if (under.delivery === 'at-most-once') return { leftOut: 'the source promises no more than at most once' };
    if (under.isBounded === true) return { leftOut: 'the source ends by itself' };
    const config = under.connector.config.parse(place.config);
    if (isExactlyOnce && under.connector.exactlyOnceSupport?.(config) !== 'supported')
      return { leftOut: 'the source does not promise exactly once (exactlyOnceSupport)' };
    await runSourceThroughRuntime(stage, under, place, { fired, isExactlyOnce });
    return undefined;
  };
  return caseOf(suite, id, title, body, failpoint);
}

function sinkSuite(under: SinkUnderTest, name: string, limitMs: number): readonly ConformanceCase[] {
  const suite = { name, limitMs, under };
  const driven = sinkCases.map(({ id, title, leftOut, run }) =>
    caseOf<SinkPlace>(suite, id, title, async (stage, place) => {
      const why = leftOut?.(under, place);
      if (why !== undefined) return { leftOut: why };
      await run(new SinkScene(stage, under, place));
      return undefined;
    }),
  );
  const runtimeTitle = 'handed from one worker to another in the middle of the work, it holds what the topic says';
  const runtime = caseOf<SinkPlace>(suite, 'runtime', runtimeTitle, async (stage, place) => {
    await runSinkThroughRuntime(stage, under, place);
    return undefined;
  });
  return [...driven, runtime, configCase(suite, under.wrong)];
}

function configCase<P extends Place>(suite: Suite<P>, wrong: ConfigUnderTest['wrong'] = []): ConformanceCase {
  const title = 'a configuration that cannot be meant is refused with the name of the option, and no secret is shown';
  return caseOf(suite, 'config', title, async (stage, { config }) => {
    await runConfigCase(stage, { connector: suite.under.connector, config, wrong });
    return undefined;
  });
}

/** A case on a stage and at a place of its own. Whatever it shows, no secret may be in the log at its end. */
function caseOf<P extends Place>(
  { name, limitMs, under }: Suite<P>,
  id: string,
  title: string,
  body: Body<P>,
  failpoint?: Failpoint,
): ConformanceCase {
  const run = async (): Promise<ConformanceOutcome> => {
    const stage = await Stage.open(limitMs, failpoint);
    const place = await under.place();
    try {
      const outcome = await body(stage, place);
      requireNoSecret(configKeys(under.connector.config), place.config, stage.lines.join('\n'), 'the log');
      return outcome ?? {};
    } finally {
      await place.close?.();
      await stage.close();
    }
  };
  return { id, title: `${name}: ${title}`, run };
}

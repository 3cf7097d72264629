import { z } from 'zod';
import { didYouMean, UsageError } from '../../core/index.js';
import type { LookupDefinition } from '../api/index.js';
import { sinkRuntimeOptions, sourceRuntimeOptions } from '../runtime/runtime-options.js';
import { checkOptions } from './check-options.js';
import { compileEvaluator } from './compile-evaluator.js';
import { compileStep } from './compile-step.js';
import type { PipelineLookup, PipelineSink, PipelineSource } from './compiled-pipeline.js';
import type { ConnectorKit, ConnectorShelf } from './connector-kit.js';
import type { Evaluator } from './evaluator.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import { isFileReference, type ModuleLoader } from './file-reference.js';
import type { Step } from './step.js';

export interface CompileOptions {
  /** The file it was read from, as it is shown to people. */
  readonly file?: string | undefined;
  readonly connectors: ConnectorShelf;
  readonly modules: ModuleLoader;
}

/** Options of connectors' tasks that a pipeline leaves to its author; the others are the pipeline's own business. */
export const runtimeOptionsOfPipelines: readonly string[] = [
  'errors.retry.delay.max.ms',
  'errors.log.enable',
  'offset.flush.interval.ms',
  'restart.backoff.ms',
  'restart.backoff.max.ms',
  'restart.attempts.max',
];

type Config = Readonly<Record<string, unknown>>;
type AnyConnector = PipelineSource['connector'] | PipelineSink['connector'] | LookupDefinition;

export class Compiler {
  readonly sinks = new Map<string, PipelineSink>();
  readonly stepNames: string[] = [];
  readonly faults: FaultList;
  readonly #options: CompileOptions;

  constructor(faults: FaultList, options: CompileOptions) {
    this.faults = faults;
    this.#options = options;
  }

  async source(given: unknown, path: Path): Promise<PipelineSource | undefined> {
    const found = await this.#endpoint(given, path, 'source');
    return found as PipelineSource | undefined;
  }

  async sink(given: unknown, path: Path): Promise<PipelineSink | undefined> {
    const found = await this.#endpoint(given, path, 'sink');
    return found as PipelineSink | undefined;
  }

  /** What a lookup step asks: a lookup of its own kind where the connector has one, else all that its source gives, as a table. */
  async lookup(given: unknown, path: Path): Promise<PipelineLookup | undefined> {
    const words = isObject(given) ? Object.keys(given) : [];
    const kit = words.length === 1 ? await this.connector(words[0]!, [...path, words[0]!]) : undefined;
    if (words.length === 1 && kit === undefined) return undefined;
    if (kit?.lookup === undefined) return (await this.#endpoint(given, path, 'source')) as PipelineLookup | undefined;
    const config = (given as Record<string, unknown>)[words[0]!] ?? {};
    return this.#checked(kit.lookup, config as Config, [...path, words[0]!]) as PipelineLookup | undefined;
  }

  async output(name: string, given: unknown, path: Path): Promise<void> {
    if (this.sinks.has(name)) this.faults.add(path, `there is a branch "${name}" already: give each a name of its own`);
    const sink = await this.sink(given, path);
    if (sink !== undefined) this.sinks.set(name, sink);
  }

  async steps(given: unknown, path: Path): Promise<readonly Step[]> {
    if (!Array.isArray(given)) {
      this.faults.add(path, 'must be a list of steps');
      return [];
    }
    const steps: Step[] = [];
    for (const [index, each] of given.entries()) {
      const step = await compileStep(this, each, [...path, index]);
      if (step !== undefined) steps.push(step);
    }
    return steps;
  }

  evaluator(given: unknown, path: Path): Promise<Evaluator | undefined> {
    return compileEvaluator(given, path, this.faults, this.#options.modules);
  }

  /** What a pipeline means by `file`, `postgres`, or `./my-connector.ts#name`. */
  async connector(word: string, path: Path): Promise<ConnectorKit | undefined> {
    if (isFileReference(word)) {
      const loaded = await this.#options.modules.load(word, path, this.faults);
      const definition = loaded as { kind?: unknown } | undefined;
      if (definition?.kind === 'source') return { source: loaded as NonNullable<ConnectorKit['source']> };
      if (definition?.kind === 'sink') return { sink: loaded as NonNullable<ConnectorKit['sink']> };
      if (definition?.kind === 'lookup') return { lookup: loaded as NonNullable<ConnectorKit['lookup']> };
      if (loaded !== undefined)
        this.faults.add(path, `${word} is not made by defineSource, defineSink or defineLookup`);
      return undefined;
    }
    const { connectors } = this.#options;
    if (Object.hasOwn(connectors, word)) return await connectors[word]!();
    this.faults.add(path, `there is no connector "${word}"${didYouMean(word, Object.keys(connectors))}`, {
      isKey: true,
    });
    return undefined;
  }

  load(reference: string, path: Path): Promise<unknown> {
    return this.#options.modules.load(reference, path, this.faults);
  }

  requireNames(given: readonly string[], known: readonly string[], path: Path, what: string): void {
    for (const name of given) {
      if (!known.includes(name))
        this.faults.add([...path, name], `there is no ${what} "${name}"${didYouMean(name, known)}`, { isKey: true });
    }
  }

  /** `{ file: { ...options } }`, or in code `{ connector, config }`. */
  async #endpoint(
    given: unknown,
    path: Path,
    kind: 'source' | 'sink',
  ): Promise<PipelineSource | PipelineSink | undefined> {
    if (isDefinition(given, kind))
      return this.#checked(given.connector, given.config ?? {}, [...path, 'config']) as PipelineSource;
    const words = isObject(given) ? Object.keys(given) : typeof given === 'string' ? [given] : [];
    if (words.length !== 1) {
      const known = Object.keys(this.#options.connectors).join(', ');
      this.faults.add(path, `must be one connector with its options: ${known}, or ./FILE#NAME`);
      return undefined;
    }
    const [word = ''] = words;
    const kit = await this.connector(word, [...path, word]);
    const connector = kit?.[kind];
    if (kit !== undefined && connector === undefined)
      this.faults.add([...path, word], `"${word}" cannot be a ${kind}`, { isKey: true });
    if (connector === undefined) return undefined;
    const config = isObject(given) ? (given[word] ?? {}) : {};
    if (isObject(config)) return this.#checked(connector, config, [...path, word]) as PipelineSource;
    this.faults.add([...path, word], 'must be an object of options');
    return undefined;
  }

  #checked(connector: AnyConnector, config: Config, path: Path): unknown {
    const spec = connector.config;
    const known = [...Object.keys(spec.shape), ...(connector.kind === 'lookup' ? [] : runtimeOptionsOfPipelines)];
    const runtime = connector.kind === 'source' ? sourceRuntimeOptions : sinkRuntimeOptions;
    for (const key of Object.keys(config)) {
      if (known.includes(key)) continue;
      const why = Object.hasOwn(runtime.shape, key)
        ? 'is set by the pipeline itself'
        : `is no option of ${connector.name}${didYouMean(key, known)}`;
      this.faults.add([...path, key], why, { isKey: true });
    }
    if (connector.kind !== 'lookup') {
      const shared = Object.entries(runtime.shape).filter(([name]) => runtimeOptionsOfPipelines.includes(name));
      this.faults.read(z.object(Object.fromEntries(shared)), config, path);
    }
    const own = Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(spec.shape, key)));
    const read = this.faults.read(spec, own, path);
    if (read === undefined) return undefined;
    checkOptions(connector, { read, given: own }, path, this.faults);
    return { connector, config, place: this.faults.whereIs(path) };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDefinition(
  value: unknown,
  kind: string,
): value is { connector: PipelineSource['connector']; config?: Config } {
  if (!isObject(value)) return false;
  const { connector } = value;
  if (isObject(connector) && connector['kind'] !== kind && 'start' in connector)
    throw new UsageError(`a ${String(connector['kind'])} cannot be the ${kind} of a pipeline`);
  return isObject(connector) && connector['kind'] === kind;
}

// Compiles a sub-topology into one synchronous push chain of RxJS operators, for one task. A Subject stands where records fork or meet:
// at sources, merges, side outputs and nodes with several children. Between two of them the operators are one `pipe`. All subscriptions
// are made once; what a fork feeds subscribes in the order in which the topology was written, and so gets its records in that order.

import { Subject, Subscriber } from 'rxjs';
import { AssertionFailure } from '../../core/index.js';
import { recordOperator } from '../operators/catalogue.js';
import type { OperatorEnvironment } from '../operators/environment.js';
import { Guard, PoisonedEpoch } from '../operators/guard.js';
import type { RecordOperator, StageContext } from '../operators/stage.js';
import { StreamRecord } from '../operators/stream-record.js';
import { strictCheck } from '../operators/strict-check.js';
import type { Headers, NodePlan, SinkPlan, TopologyPlan } from '../topology/plan.js';

/** Takes one decoded record and runs it through the whole chain before it returns. */
export type ChainInput = (key: unknown, value: unknown, timestamp: number, headers: Headers) => void;

export interface TaskChain {
  /** A failure was not forgiven, by the environment or by the chain itself: the chain takes nothing more. */
  readonly isPoisoned: boolean;
  /** The input of one source topic of the sub-topology, named as in the plan. Does nothing once the epoch is poisoned. */
  input(topic: string): ChainInput;
  /** Ends the epoch: completes the `.rx` stages. A promise where one of them is asynchronous. */
  endEpoch(): Promise<void> | undefined;
  /** The bounded input has ended: every open window closes and is emitted. */
  finish(): void;
  /** Work that wall-clock time drives (idle windows). */
  advanceWallClock(nowMs: number): void;
}

/** After an unforgiven failure the chain stays shut: whoever aborts the epoch compiles a new one. */
export function compileChain(plan: TopologyPlan, subTopology: number, environment: OperatorEnvironment): TaskChain {
  return new ChainCompiler(plan, subTopology, environment).compile();
}

class ChainCompiler {
  readonly #nodes: readonly NodePlan[];
  readonly #environment: OperatorEnvironment;
  readonly #guard: Guard;
  readonly #children = new Map<number, NodePlan[]>();
  readonly #junctions = new Map<number, Subject<StreamRecord>>();
  readonly #shared = new Map<string, unknown>();
  readonly #finishers = new Hooks<() => void>();
  readonly #epochEnds = new Hooks<() => Promise<void> | undefined>();
  readonly #wallClocks = new Hooks<(nowMs: number) => void>();

  constructor(plan: TopologyPlan, subTopology: number, environment: OperatorEnvironment) {
    this.#nodes = plan.nodes.filter(node => node.subTopology === subTopology);
    this.#environment = environment;
    this.#guard = new Guard(environment);
    for (const node of this.#nodes) {
      for (const parent of node.parents) this.#children.set(parent, [...this.#childrenOf(parent), node]);
    }
  }

  compile(): TaskChain {
    for (const node of this.#nodes) if (this.#isJunction(node)) this.#junctions.set(node.id, new Subject());
    for (const node of this.#nodes) this.#connect(node);
    const inputs = new Map<string, ChainInput>();
    for (const node of this.#nodes) if (node.kind === 'source') inputs.set(node.topic, this.#input(node.id));
    const guard = this.#guard;
    return {
      get isPoisoned() {
        return guard.isPoisoned;
      },
      input: topic => requiredInput(inputs, topic),
      endEpoch: () => endEach(this.#epochEnds.inOrder()),
      finish: () => this.#run(this.#finishers.inOrder()),
      advanceWallClock: nowMs => this.#run(this.#wallClocks.inOrder().map(advance => () => advance(nowMs))),
    };
  }

  /** Children of the node's own output: its side output is another node's input. */
  #childrenOf(id: number): readonly NodePlan[] {
    return this.#children.get(id) ?? [];
  }

  #outlets(id: number): readonly NodePlan[] {
    return this.#childrenOf(id).filter(child => child.kind !== 'side-output');
  }

  #isJunction(node: NodePlan): boolean {
    return (
      node.kind === 'source' ||
      node.kind === 'side-output' ||
      node.kind === 'merge' ||
      this.#outlets(node.id).length > 1
    );
  }

  /** Subscribes the pipes that begin at this node: those whose parent is a junction. */
  #connect(node: NodePlan): void {
    if (node.kind === 'source' || node.kind === 'side-output') return;
    for (const parent of node.parents) {
      const junction = this.#junctions.get(parent);
      if (junction !== undefined) this.#subscribe(junction, node);
    }
  }

  /** One pipe: from `junction` through `first` and its only children, up to the next junction or the end. */
  #subscribe(junction: Subject<StreamRecord>, first: NodePlan): void {
    const operators: RecordOperator[] = [];
    let node: NodePlan | undefined = first;
    let end: Subscriber<StreamRecord> | undefined;
    while (node !== undefined && end === undefined) {
      if (node.kind === 'sink') end = new SinkSubscriber(node, this.#environment, this.#guard);
      else if (node.kind === 'merge') end = new Forward(this.#required(node));
      else {
        operators.push(...this.#operators(node));
        const next: Subject<StreamRecord> | undefined = this.#junctions.get(node.id);
        if (next !== undefined) end = new Forward(next);
        else node = this.#outlets(node.id)[0];
      }
    }
    const source = operators.reduce((piped, operator) => operator(piped), junction.asObservable());
    source.subscribe(end ?? new Subscriber());
  }

  #required(node: NodePlan): Subject<StreamRecord> {
    const junction = this.#junctions.get(node.id);
    if (junction === undefined) throw new AssertionFailure(`${node.name} has no junction`);
    return junction;
  }

  #operators(node: NodePlan): readonly RecordOperator[] {
    if (node.kind !== 'processor') throw new AssertionFailure(`${node.name} cannot stand inside a pipe`);
    const context = this.#context(node);
    const operator = recordOperator(node.operator, context);
    return this.#environment.isStrict ? [operator, strictCheck(context)] : [operator];
  }

  #context(node: NodePlan): StageContext {
    const side = this.#childrenOf(node.id).find(child => child.kind === 'side-output');
    return {
      node,
      environment: this.#environment,
      guard: this.#guard,
      shared: (key, make) => this.#sharedState(key, make),
      lateRecords: side === undefined ? undefined : this.#required(side),
      onFinish: action => this.#finishers.add(node.id, guarded(action, this.#guard, node.name)),
      onEpochEnd: action => this.#epochEnds.add(node.id, action),
      onWallClock: action => this.#wallClocks.add(node.id, action),
    };
  }

  #sharedState<T>(key: string, make: () => T): T {
    if (!this.#shared.has(key)) this.#shared.set(key, make());
    return this.#shared.get(key) as T;
  }

  #run(actions: readonly (() => void)[]): void {
    for (const action of actions) {
      if (this.#guard.isPoisoned) return;
      try {
        action();
      } catch (cause) {
        if (!(cause instanceof PoisonedEpoch)) throw cause;
      }
    }
  }

  #input(id: number): ChainInput {
    const guard = this.#guard;
    const source = this.#junctions.get(id)!;
    const record = new StreamRecord();
    return (key, value, timestamp, headers) => {
      if (guard.isPoisoned) return;
      record.key = key;
      record.value = value;
      record.timestamp = timestamp;
      record.headers = headers;
      try {
        source.next(record);
      } catch (cause) {
        if (!(cause instanceof PoisonedEpoch)) throw cause;
      }
    };
  }
}

/** What operators want to be called for, in the order of the topology: a window upstream closes before one that counts its results. */
class Hooks<T> {
  readonly #hooks: { id: number; action: T }[] = [];

  add(id: number, action: T): void {
    this.#hooks.push({ id, action });
  }

  inOrder(): readonly T[] {
    return this.#hooks.toSorted((a, b) => a.id - b.id).map(hook => hook.action);
  }
}

function requiredInput(inputs: ReadonlyMap<string, ChainInput>, topic: string): ChainInput {
  const input = inputs.get(topic);
  if (input === undefined) throw new AssertionFailure(`the chain does not read ${topic}`);
  return input;
}

/** Ends one stage after the other, as the results of the first are the input of the next; a promise from the first that is one. */
function endEach(ends: readonly (() => Promise<void> | undefined)[]): Promise<void> | undefined {
  for (const [index, end] of ends.entries()) {
    const pending = end();
    if (pending !== undefined) return pending.then(() => endEach(ends.slice(index + 1)));
  }
  return undefined;
}

function guarded(action: () => void, guard: Guard, node: string): () => void {
  return () => {
    try {
      action();
    } catch (cause) {
      guard.caught(cause, node);
    }
  };
}

/** Passes on into a junction. A Subject itself would be wrapped in an observer that swallows what is thrown. */
class Forward extends Subscriber<StreamRecord> {
  readonly #junction: Subject<StreamRecord>;

  constructor(junction: Subject<StreamRecord>) {
    super();
    this.#junction = junction;
  }

  protected override _next(record: StreamRecord): void {
    this.#junction.next(record);
  }
}

class SinkSubscriber extends Subscriber<StreamRecord> {
  readonly #write: (key: unknown, value: unknown, timestamp: number, headers: Headers) => void;
  readonly #guard: Guard;
  readonly #name: string;
  readonly #dropsNullKeys: boolean;

  constructor(sink: SinkPlan, environment: OperatorEnvironment, guard: Guard) {
    super();
    this.#write = environment.sink(sink);
    this.#guard = guard;
    this.#name = sink.name;
    this.#dropsNullKeys = sink.dropsNullKeys;
  }

  protected override _next(record: StreamRecord): void {
    if (this.#dropsNullKeys && (record.key === null || record.key === undefined)) return;
    try {
      this.#write(record.key, record.value, record.timestamp, record.headers);
    } catch (cause) {
      this.#guard.caught(cause, this.#name, 'production');
    }
  }
}

// Every operator that exists: one line here, one file beside it.

import { AssertionFailure } from '../../core/index.js';
import type { OperatorPlan } from '../topology/plan.js';
import { aggregate } from './aggregate.js';
import { filter } from './filter.js';
import { flatMap } from './flat-map.js';
import { flatMapValues } from './flat-map-values.js';
import { map } from './map.js';
import { mapValues } from './map-values.js';
import { peek } from './peek.js';
import { rx } from './rx.js';
import { selectKey } from './select-key.js';
import { branch, split } from './split.js';
import type { RecordOperator, StageContext } from './stage.js';
import { streamTableJoin } from './stream-table-join.js';
import { tableMap } from './table-map.js';
import { tableSource } from './table-source.js';
import { toStream } from './to-stream.js';
import { windowAggregate } from './window-aggregate.js';

// biome-ignore lint/suspicious/noExplicitAny: each factory takes the plan of its own kind
type OperatorFactory = (plan: any, context: StageContext) => RecordOperator;

const factories: Readonly<Record<string, OperatorFactory>> = {
  aggregate,
  branch,
  filter,
  'flat-map': flatMap,
  'flat-map-values': flatMapValues,
  map,
  'map-values': mapValues,
  peek,
  rx,
  'select-key': selectKey,
  split,
  'stream-table-join': streamTableJoin,
  'table-map': tableMap,
  'table-source': tableSource,
  'to-stream': toStream,
  'window-aggregate': windowAggregate,
};

export function recordOperator(plan: OperatorPlan, context: StageContext): RecordOperator {
  const factory = factories[plan.kind];
  if (factory === undefined) throw new AssertionFailure(`no operator of kind ${plan.kind}`);
  return factory(plan, context);
}

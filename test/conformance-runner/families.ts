// The recorded families, said as graphs, so that one builder serves both formats.

import type { Graph, GraphNode, GraphWindow } from './case.js';

interface Family {
  readonly join?: string;
  readonly cogroup?: 'none' | 'time' | 'sliding' | 'session';
  readonly suppress?: string;
  readonly window?: GraphWindow | GraphWindow['type'];
  readonly predicate?: string;
  readonly groupBy?: string;
  readonly group?: string;
  readonly op?: string;
  readonly emit?: 'update' | 'close';
  readonly size?: number;
  readonly grace?: number;
  readonly before?: number;
  readonly after?: number;
  readonly type?: string;
  readonly table?: string;
  readonly versioned?: boolean;
  readonly leftVersioned?: boolean;
  readonly rightVersioned?: boolean;
  readonly historyRetention?: number | null;
  readonly materialized?: boolean;
}

/** Of versioned tables, where the case says nothing. */
const historyMs = 300_000;

export function asGraph(given: Readonly<Record<string, unknown>>): Graph {
  return { kind: 'graph', nodes: nodesOf(given) };
}

function nodesOf(family: Family): readonly GraphNode[] {
  if (family.join !== undefined) return joined(family);
  if (family.cogroup !== undefined) return cogrouped(family.cogroup);
  if (family.suppress === 'untilWindowCloses') return suppressedWindow(family);
  if (family.suppress !== undefined) return suppressedTable(family.suppress);
  if (family.window !== undefined) {
    return [...windowedInput(family.window as GraphWindow, family.emit), ...folded(family.op!, 'windowed')];
  }
  if (family.predicate !== undefined) return tableOperation(family);
  if (family.groupBy !== undefined) {
    const grouped: GraphNode = { id: 'grouped', op: 'groupBy', from: ['in'], fn: 'lastAsKey' };
    return [table('in', family.versioned === true ? historyMs : undefined), grouped, ...folded(family.op!, 'grouped')];
  }
  if (family.group !== undefined) {
    return [stream('in'), { id: 'grouped', op: 'groupByKey', from: ['in'] }, ...folded(family.op!, 'grouped')];
  }
  if (family.op?.startsWith('split:')) return stateless();
  throw new Error(`no recorded family has such a topology: ${JSON.stringify(family)}`);
}

const stream = (topic: string): GraphNode => ({ id: topic, op: 'stream', topic });
const table = (topic: string, versioned: number | undefined): GraphNode => ({
  id: topic,
  op: 'table',
  topic,
  ...(versioned !== undefined && { versioned }),
});
const out = (from: string): GraphNode => ({ id: 'out', op: 'to', topic: 'out', from: [from] });
const tableOut = (from: string): readonly GraphNode[] => [
  { id: 'stream', op: 'toStream', from: [from] },
  out('stream'),
];

function folded(op: string, grouped: string): readonly GraphNode[] {
  const node = { id: 'table', op, from: [grouped], fn: 'plus', subtract: 'minus' };
  return [op === 'aggregate' ? { ...node, init: 'zero', merge: 'amp' } : node, ...tableOut('table')];
}

function windowedInput(window: GraphWindow, emit: 'update' | 'close' | undefined): readonly GraphNode[] {
  const windowed: GraphNode = { id: 'windowed', op: 'windowedBy', from: ['grouped'], window };
  return [
    stream('in'),
    { id: 'grouped', op: 'groupByKey', from: ['in'] },
    // The recorded cases of emit "close" were answered with a long retention, so that no window is lost.
    emit === undefined ? windowed : { ...windowed, emit },
  ];
}

function stateless(): readonly GraphNode[] {
  const branches = [
    { id: 'ones', fn: 'endsIn1' },
    { id: 'as', fn: 'keyIsA' },
  ];
  return [
    stream('in'),
    { id: 'split', op: 'split', from: ['in'], default: 'others', branches },
    { id: 'one', op: 'mapValues', from: ['ones'], fn: 'one' },
    { id: 'dotted', op: 'flatMapValues', from: ['as'], fn: 'dots' },
    { id: 'x', op: 'selectKey', from: ['others'], fn: 'x' },
    { id: 'rest', op: 'map', from: ['x'], fn: 'rest' },
    { id: 'result', op: 'merge', from: ['one', 'dotted', 'rest'] },
    out('result'),
  ];
}

function tableOperation(family: Family): readonly GraphNode[] {
  const op = family.op!;
  const nodes: GraphNode[] = [op === 'toTable' ? stream('in') : table('in', undefined)];
  let last = 'in';
  for (const step of op.split('+')) {
    const store = family.materialized === true ? { store: `store-${step}` } : {};
    nodes.push({ id: step, op: step, from: [last], fn: step === 'mapValues' ? 'bang' : 'even', ...store });
    last = step;
  }
  return [...nodes, ...tableOut(last)];
}

/** Written as time5, rec2, rec2time10. */
function suppressedTable(how: string): readonly GraphNode[] {
  const ms = how.includes('time') ? Number(how.slice(how.indexOf('time') + 4)) : 1_000_000_000;
  const limit = how.startsWith('rec') ? { maxRecords: Number(how[3]) } : {};
  const suppressed = { id: 'suppressed', op: 'suppress', from: ['in'], until: 'timeLimit', ms, ...limit };
  return [table('in', undefined), suppressed, ...tableOut('suppressed')];
}

function suppressedWindow(family: Family): readonly GraphNode[] {
  const type = family.window as GraphWindow['type'];
  const length = { time: 'size', sliding: 'timeDifference', session: 'gap' }[type];
  const window = { type, grace: family.grace!, [length]: family.size! } as GraphWindow;
  return [
    ...windowedInput(window, 'update'),
    { id: 'table', op: 'aggregate', from: ['windowed'], fn: 'plus', init: 'zero', merge: 'amp' },
    { id: 'suppressed', op: 'suppress', from: ['table'], until: 'windowCloses' },
    ...tableOut('suppressed'),
  ];
}

function cogrouped(type: NonNullable<Family['cogroup']>): readonly GraphNode[] {
  const inputs = ['left', 'right'].flatMap(side => [
    stream(side),
    { id: `by-${side}`, op: 'groupByKey', from: [side] },
  ]);
  const both: GraphNode = { id: 'both', op: 'cogroup', from: ['by-left', 'by-right'], fns: ['plus', 'star'] };
  const lengths = { time: { size: 10, advance: 5 }, sliding: { timeDifference: 10 }, session: { gap: 8 } };
  const windowed: GraphNode[] =
    type === 'none'
      ? []
      : [{ id: 'windowed', op: 'windowedBy', from: ['both'], window: { type, grace: 5, ...lengths[type] } }];
  const from = [type === 'none' ? 'both' : 'windowed'];
  return [
    ...inputs,
    both,
    ...windowed,
    { id: 'table', op: 'aggregate', from, init: 'zero', merge: 'amp' },
    ...tableOut('table'),
  ];
}

function joined(family: Family): readonly GraphNode[] {
  const kind = { self: 'stream-stream', 'table-table-fk': 'foreign-key' }[family.join!] ?? family.join!;
  const fields = Object.fromEntries(
    (['before', 'after', 'grace'] as const).filter(field => family[field] != null).map(field => [field, family[field]]),
  );
  const key = { 'stream-global': 'evenA', 'foreign-key': 'afterGt' }[kind];
  const node: GraphNode = {
    id: 'joined',
    op: 'join',
    from: ['left', family.join === 'self' ? 'left' : 'right'],
    kind,
    type: family.type ?? 'inner',
    fn: 'bar',
    ...fields,
    ...(key !== undefined && { key }),
  };
  return [...joinInputs(family), node, ...(family.join!.startsWith('table') ? tableOut('joined') : [out('joined')])];
}

function joinInputs(family: Family): readonly GraphNode[] {
  switch (family.join) {
    case 'self':
      return [{ id: 'left', op: 'stream', topic: 'in' }];
    case 'stream-stream':
      return [stream('left'), stream('right')];
    case 'stream-table':
      return [
        stream('left'),
        table('right', family.table === 'versioned' ? (family.historyRetention ?? historyMs) : undefined),
      ];
    case 'stream-global':
      return [stream('left'), { id: 'right', op: 'globalTable', topic: 'right' }];
    default:
      return [
        table('left', family.leftVersioned === true ? historyMs : undefined),
        table('right', family.rightVersioned === true ? historyMs : undefined),
      ];
  }
}

// A recorded case, as it lies in a file.

import type { Text } from './functions.js';

export interface GraphNode {
  readonly id: string;
  readonly op: string;
  readonly from?: readonly string[];
  readonly fn?: string;
  readonly fns?: readonly string[];
  readonly topic?: string;
  readonly store?: string;
  readonly name?: string;
  readonly init?: string;
  readonly subtract?: string;
  readonly merge?: string;
  readonly emit?: 'update' | 'close';
  readonly retention?: number;
  readonly versioned?: number;
  readonly branches?: readonly { readonly id: string; readonly fn: string }[];
  readonly default?: string | null;
  readonly window?: GraphWindow;
  readonly kind?: string;
  readonly type?: string;
  readonly key?: string;
  readonly before?: number;
  readonly after?: number;
  readonly grace?: number | null;
  readonly until?: string;
  readonly ms?: number;
  readonly maxRecords?: number;
  readonly clock?: string;
  readonly every?: number;
}

export interface GraphWindow {
  readonly type: 'time' | 'sliding' | 'session';
  readonly size?: number;
  readonly advance?: number;
  readonly timeDifference?: number;
  readonly gap?: number;
  readonly grace: number;
}

export interface Graph {
  readonly kind: 'graph';
  readonly nodes: readonly GraphNode[];
  readonly emitIntervalMs?: number;
}

export type OutRecord = readonly [topic: string, key: Text, value: Text, timestamp: number];
export type StoreRow = readonly (Text | number)[];

export interface Step {
  readonly in?: OutRecord;
  readonly wallClock?: number;
  readonly out?: readonly (OutRecord | readonly [Text, Text, number])[];
}

export interface Case {
  readonly id: string;
  readonly topology: Graph | Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
  readonly stores?: Readonly<Record<string, readonly StoreRow[]>>;
  /** Marks of answers nobody can be held to. */
  readonly error?: unknown;
  readonly order?: unknown;
  readonly lost?: unknown;
}

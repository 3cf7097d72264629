// A built topology as plain data: nodes in the order in which they were made, cut into sub-topologies at internal topics, with
// the stores and internal topics they need. User functions and serdes are fields of the nodes; nothing here runs.
// A node's place in `nodes` is its id; parents come before children; children get a record in the order of their ids.

import type { Serde } from '../../core/index.js';

/** A record's headers. */
export type Headers = readonly { readonly key: string; readonly value: Uint8Array | null }[];

// biome-ignore lint/suspicious/noExplicitAny: a serde is invariant in its type, and the plan holds those of all nodes
export type AnySerde = Serde<any>;

/** Made of by the rooms that run operators; the topology knows no more than its kind and how to show it. */
export interface OperatorPlan {
  readonly kind: string;
}

interface NodeBase {
  readonly id: number;
  readonly name: string;
  readonly parents: readonly number[];
  readonly subTopology: number;
  /** Serdes of the records this node hands on, where known. */
  readonly keySerde: AnySerde | undefined;
  readonly valueSerde: AnySerde | undefined;
  /** What a person should see beside the name: `store=x`, `10s windows`. */
  readonly details: readonly string[];
  /** Names of the stores it reads or writes. */
  readonly stores: readonly string[];
}

/** Reads a topic. The runtime decodes with the serdes, then asks `timestamp` (where there is one) for the event time. */
export interface SourcePlan extends NodeBase {
  readonly kind: 'source';
  /** An internal topic's name here is without the application's prefix: see internalTopicName. */
  readonly topic: string;
  readonly isInternal: boolean;
  readonly keySerde: AnySerde;
  readonly valueSerde: AnySerde;
  // biome-ignore lint/suspicious/noExplicitAny: typed at the topic's descriptor
  readonly timestamp: ((value: any, key: any) => number) | undefined;
}

export interface ProcessorPlan extends NodeBase {
  readonly kind: 'processor';
  readonly operator: OperatorPlan;
}

/** Takes the records of all its parents as they come. */
export interface MergePlan extends NodeBase {
  readonly kind: 'merge';
}

/** A second output of its parent, such as the late records of a windowed aggregate. */
export interface SideOutputPlan extends NodeBase {
  readonly kind: 'side-output';
  readonly port: 'late-records';
}

/** Writes a topic: partition by key, the record's timestamp and headers kept. */
export interface SinkPlan extends NodeBase {
  readonly kind: 'sink';
  readonly topic: string;
  readonly isInternal: boolean;
  /** Of a repartition topic behind which nobody wants records without key. */
  readonly dropsNullKeys: boolean;
  readonly keySerde: AnySerde;
  readonly valueSerde: AnySerde;
}

export type NodePlan = SourcePlan | ProcessorPlan | MergePlan | SideOutputPlan | SinkPlan;

export interface StoreSpec {
  readonly kind: 'key-value' | 'window';
  readonly name: string;
  readonly keySerde: AnySerde;
  readonly valueSerde: AnySerde;
  /** Window stores: how long a window is kept behind the highest window start. */
  readonly retentionMs?: number | undefined;
  readonly windowSizeMs?: number | undefined;
  /** Kept in a changelog topic. */
  readonly isLogged: boolean;
  readonly backing: 'memory' | 'disk';
}

export interface SubTopologyPlan {
  readonly id: number;
  readonly nodes: readonly number[];
  /** Topics it reads, internal ones included (those without the application's prefix). */
  readonly sourceTopics: readonly string[];
  readonly stores: readonly string[];
}

/** An internal topic between two sub-topologies. `name` is without the application's prefix. */
export interface RepartitionTopicPlan {
  readonly name: string;
  readonly partitions: number | undefined;
  readonly writtenBy: readonly number[];
  readonly readBy: number;
}

/** Topics that one operator joins: they need the same number of partitions. */
export interface CopartitionGroup {
  readonly operator: string;
  readonly topics: readonly string[];
}

export interface TopologyPlan {
  readonly name: string;
  readonly nodes: readonly NodePlan[];
  readonly subTopologies: readonly SubTopologyPlan[];
  readonly stores: readonly StoreSpec[];
  readonly repartitionTopics: readonly RepartitionTopicPlan[];
  readonly copartitionGroups: readonly CopartitionGroup[];
}

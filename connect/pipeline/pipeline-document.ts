// A pipeline as it was found: plain data, and a way back from each value to its line and column.

import { type Document, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { Path, Place } from './fault.js';
import { FaultList, type PlaceOf } from './fault-list.js';

export interface PipelineDocument {
  readonly value: unknown;
  readonly faults: FaultList;
}

/** Reads YAML (or JSON, which is YAML). What is no YAML is a fault of the list. */
export function parsePipeline(text: string, file: string): PipelineDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const faults = new FaultList(file, placesIn(document, lineCounter));
  const syntaxFaults = new FaultList(file, (_, options) => placeAt(lineCounter, options?.offset ?? 0));
  // What follows the first is mostly what it has led to.
  for (const { message, pos } of document.errors.slice(0, 1))
    syntaxFaults.add([], `no YAML: ${message}${hintOfQuotes}`, { offset: pos[0] });
  if (syntaxFaults.hasErrors) return { value: undefined, faults: syntaxFaults };
  return { value: document.toJS(), faults };
}

const hintOfQuotes =
  ' (an expression that holds ": ", " #", braces or a comma, or begins with one of []"%&*!|>@`, goes in quotes)';

/** A pipeline given in code: nothing to point at but names. */
export function pipelineInCode(value: unknown, file?: string): PipelineDocument {
  return { value, faults: new FaultList(file, () => undefined) };
}

function placesIn(document: Document, lineCounter: LineCounter): PlaceOf {
  return (path, options = {}) => {
    const { node, key } = deepest(document, path);
    const at = options.isKey === true ? (key ?? node) : node;
    const start = at?.range?.[0];
    if (start === undefined) return undefined;
    return placeAt(lineCounter, start + textOffset(at, options.offset));
  };
}

/** The value of a plain or quoted text on one line begins where its node does; elsewhere the place of the node has to do. */
function textOffset(node: Node | null | undefined, offset: number | undefined): number {
  if (offset === undefined || !isScalar(node)) return 0;
  if (node.type === 'PLAIN') return offset;
  return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? offset + 1 : 0;
}

/** The node at the path, or the nearest one around it where the path goes on into nothing. */
function deepest(document: Document, path: Path): { node: Node | null | undefined; key: Node | undefined } {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const node = document.getIn(part, true) as Node | null | undefined;
    const isThere = document.hasIn(part);
    if (isThere) return { node: isNode(node) ? node : keyOf(document, part), key: keyOf(document, part) };
  }
  return { node: document.contents, key: undefined };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function keyOf(document: Document, path: Path): Node | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const items = (parent as { items?: readonly unknown[] } | null)?.items ?? [];
  const pair = items.find(item => isPair(item) && isScalar(item.key) && String(item.key.value) === String(path.at(-1)));
  return (pair as Pair<Node> | undefined)?.key;
}

function placeAt(lineCounter: LineCounter, offset: number): Place {
  const { line, col } = lineCounter.linePos(offset);
  return { line, column: col };
}

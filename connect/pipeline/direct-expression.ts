// The part of JSONata that most expressions keep to (fields, literals, comparisons, arithmetic, conditions, a few functions), evaluated at once:
// JSONata itself awaits every node of an expression, for each record. The rule: exactly what JSONata gives, or `unsure`, and then JSONata is asked. So
// whatever is not plain here (arrays, which JSONata maps over and flattens; values of the wrong type, which are its errors) is unsure, and a node
// with anything in it that is not known here is not compiled at all.

/** JSONata has to be asked. */
export const unsure = Symbol('unsure');

export type Bindings = Readonly<Record<string, unknown>>;

/** The value that JSONata would give, or `unsure`. */
export type DirectExpression = (input: unknown, bindings: Bindings) => unknown;

type Node = Readonly<Record<string, unknown>> & { readonly type: string };
type NodeCompiler = (node: Node) => DirectExpression | undefined;

/** `node`: as `jsonata(text).ast()` gives it. `variables`: those that are bound. Undefined for what is not of this part. */
export function directExpression(node: unknown, variables: readonly string[]): DirectExpression | undefined {
  const compiled = compile(node as Node);
  if (compiled === undefined || !variablesOf(node).every(name => name === '' || variables.includes(name)))
    return undefined;
  // JSONata wraps an array that it is given.
  return (input, bindings) => (Array.isArray(input) ? unsure : compiled(input, bindings));
}

/** By type: what a node may hold, and what becomes of it. */
const nodes: Readonly<Record<string, readonly [fields: readonly string[], compile: NodeCompiler]>> = {
  string: [['value'], literal],
  number: [['value'], literal],
  value: [['value'], literal],
  variable: [['value'], node => variable(String(node['value']))],
  path: [['steps'], path],
  binary: [['value', 'lhs', 'rhs'], binary],
  unary: [['value', 'expression', 'lhs'], unary],
  condition: [['condition', 'then', 'else'], condition],
  block: [['expressions'], block],
  function: [['value', 'name', 'procedure', 'arguments'], call],
};

function compile(node: Node): DirectExpression | undefined {
  const [fields, make] = (Object.hasOwn(nodes, node.type) ? nodes[node.type] : undefined) ?? [];
  const isKnown = Object.entries(node).every(
    ([name, value]) => name === 'type' || name === 'position' || value === undefined || fields?.includes(name),
  );
  return isKnown ? make?.(node) : undefined;
}

function literal({ value }: Node): DirectExpression | undefined {
  const isPrimitive = value === null || ['string', 'number', 'boolean'].includes(typeof value);
  return isPrimitive ? () => value : undefined;
}

/** Arrays have notes of JSONata's on them, or are spread. */
function variable(name: string): DirectExpression {
  if (name === '') return input => input;
  return (_, bindings) => {
    const value = bindings[name];
    return Array.isArray(value) ? unsure : value;
  };
}

function path(node: Node): DirectExpression | undefined {
  const steps = node['steps'] as readonly Node[];
  const [first] = steps;
  const isVariable = first?.type === 'variable';
  const names = isVariable ? steps.slice(1) : steps;
  if (
    !names.every(
      step => step.type === 'name' && Object.keys(step).every(key => ['type', 'value', 'position'].includes(key)),
    )
  )
    return undefined;
  const keys = names.map(step => String(step['value']));
  if (isVariable) {
    const start = compile(first);
    return start && ((input, bindings) => walk(start(input, bindings), keys));
  }
  if (keys.length === 1) return input => field(input, keys[0]!);
  return input => walk(input, keys);
}

function walk(start: unknown, keys: readonly string[]): unknown {
  let value = start;
  for (const key of keys) {
    if (value === unsure || value === undefined) return value;
    value = field(value, key);
  }
  return value;
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object') return typeof value === 'function' ? unsure : undefined;
  if (value === null || !Object.hasOwn(value, key)) return Array.isArray(value) ? unsure : undefined;
  const holder = value as Record<string, unknown>;
  // Values that look like functions of JSONata have no fields.
  if (holder['_jsonata_function'] === true || holder['_jsonata_lambda'] === true) return unsure;
  const found = holder[key];
  return Array.isArray(found) || Array.isArray(value) || typeof found === 'function' ? unsure : found;
}

function unary(node: Node): DirectExpression | undefined {
  if (node['value'] === '{') return objectOf(node);
  if (node['value'] !== '-') return undefined;
  const operand = compile(node['expression'] as Node);
  return (
    operand &&
    ((input, bindings) => {
      const value = operand(input, bindings);
      return value === undefined ? undefined : isNumber(value) ? -value : unsure;
    })
  );
}

function objectOf(node: Node): DirectExpression | undefined {
  const pairs = node['lhs'] as readonly (readonly [Node, Node])[];
  const names = pairs.map(([name]) => name['value']);
  const values = pairs.map(([, value]) => compile(value));
  const areNames = pairs.every(([name]) => name.type === 'string' && compile(name) !== undefined);
  const areSafe = names.every(name => typeof name === 'string' && !name.startsWith('_'));
  if (!areNames || !areSafe || new Set(names).size < names.length || values.includes(undefined)) return undefined;
  return (input, bindings) => {
    // As JSONata makes them.
    const made = Object.create(null) as Record<string, unknown>;
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!(input, bindings);
      if (value === unsure) return unsure;
      if (value !== undefined) made[names[at] as string] = value;
    }
    return made;
  };
}

function condition(node: Node): DirectExpression | undefined {
  const when = compile(node['condition'] as Node);
  const then = compile(node['then'] as Node);
  const otherwise = node['else'] === undefined ? () => undefined : compile(node['else'] as Node);
  if (when === undefined || then === undefined || otherwise === undefined) return undefined;
  return (input, bindings) => {
    const holds = truth(when(input, bindings));
    return holds === unsure ? unsure : holds ? then(input, bindings) : otherwise(input, bindings);
  };
}

function block(node: Node): DirectExpression | undefined {
  const expressions = node['expressions'] as readonly Node[];
  return expressions.length === 1 ? compile(expressions[0]!) : undefined;
}

type Operator = (left: unknown, right: unknown) => unknown;

const operators: Readonly<Record<string, Operator>> = {
  '+': arithmetic((left, right) => left + right),
  '-': arithmetic((left, right) => left - right),
  '*': arithmetic((left, right) => left * right),
  '/': arithmetic((left, right) => left / right),
  '%': arithmetic((left, right) => left % right),
  '=': (left, right) => equal(left, right),
  '!=': (left, right) => {
    const same = equal(left, right);
    // Nothing is neither equal nor unequal to anything.
    return left === undefined || right === undefined || same === unsure ? same : !same;
  },
  '<': comparison((left, right) => left < right),
  '<=': comparison((left, right) => left <= right),
  '>': comparison((left, right) => left > right),
  '>=': comparison((left, right) => left >= right),
  '&': (left, right) => {
    const before = left === undefined ? '' : text(left);
    const behind = right === undefined ? '' : text(right);
    return before === unsure || behind === unsure ? unsure : before + behind;
  },
};

function binary(node: Node): DirectExpression | undefined {
  const word = String(node['value']);
  const left = compile(node['lhs'] as Node);
  const right = compile(node['rhs'] as Node);
  if (left === undefined || right === undefined) return undefined;
  if (word === 'and' || word === 'or') return connective(word === 'or', left, right);
  const operator = Object.hasOwn(operators, word) ? operators[word] : undefined;
  return (
    operator &&
    ((input, bindings) => {
      const before = left(input, bindings);
      if (before === unsure) return unsure;
      const behind = right(input, bindings);
      return behind === unsure ? unsure : operator(before, behind);
    })
  );
}

function connective(isOr: boolean, left: DirectExpression, right: DirectExpression): DirectExpression {
  return (input, bindings) => {
    const before = truth(left(input, bindings));
    return before === unsure || before === isOr ? before : truth(right(input, bindings));
  };
}

function arithmetic(work: (left: number, right: number) => number): Operator {
  return (left, right) => {
    if (!isNumber(left) || !isNumber(right)) return isNothing(left, right, isNumber) ? undefined : unsure;
    const result = work(left, right);
    return Number.isFinite(result) ? result : unsure;
  };
}

function comparison(holds: (left: string | number, right: string | number) => boolean): Operator {
  return (left, right) => {
    if (isOrdered(left) && typeof left === typeof right) return holds(left, right as string | number);
    // Of databases and JSON with more digits than a number has; JSONata knows none.
    if (isWhole(left, right)) return holds(left as number, right as number);
    return isNothing(left, right, isOrdered) ? undefined : unsure;
  };
}

function equal(left: unknown, right: unknown): boolean | typeof unsure {
  if (left === undefined || right === undefined) return false;
  if (isWhole(left, right)) return left! <= right! && left! >= right!;
  return isPrimitive(left) && isPrimitive(right) ? left === right : unsure;
}

/** Both are numbers, and one of them a bigint: then they compare as what they are. */
function isWhole(left: unknown, right: unknown): boolean {
  const [one, other] = [typeof left, typeof right];
  return (one === 'bigint' && (other === 'bigint' || other === 'number')) || (other === 'bigint' && one === 'number');
}

type Call = (value: unknown) => unknown;

/** Functions of one argument; what is not of its type, or nothing, is JSONata's business. */
const functions: Readonly<Record<string, Call>> = {
  string: value => text(value),
  number: value =>
    isNumber(value) ? value : typeof value === 'string' && decimal.test(value) ? Number.parseFloat(value) : unsure,
  uppercase: value => (typeof value === 'string' ? value.toUpperCase() : unsure),
  lowercase: value => (typeof value === 'string' ? value.toLowerCase() : unsure),
  not: value => {
    const holds = truth(value);
    return holds === unsure ? unsure : !holds;
  },
  floor: value => (isNumber(value) ? Math.floor(value) : unsure),
  ceil: value => (isNumber(value) ? Math.ceil(value) : unsure),
  abs: value => (isNumber(value) ? Math.abs(value) : unsure),
};

/** No exponent: what it names is finite. */
const decimal = /^-?[0-9]{1,30}(\.[0-9]+)?$/;

function call(node: Node): DirectExpression | undefined {
  const procedure = node['procedure'] as Node;
  const given = node['arguments'] as readonly Node[];
  const name = String(procedure['value']);
  const isNamed =
    procedure.type === 'variable' && Object.keys(procedure).every(key => ['type', 'value', 'position'].includes(key));
  const [argument] = given.map(compile);
  if (!isNamed || given.length !== 1 || argument === undefined || !Object.hasOwn(functions, name)) return undefined;
  const work = functions[name]!;
  return (input, bindings) => {
    const value = argument(input, bindings);
    return value === unsure || value === undefined ? unsure : work(value);
  };
}

/** $boolean; nothing is false. */
function truth(value: unknown): boolean | typeof unsure {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'bigint') return value !== 0n;
  return isNumber(value) ? value !== 0 : unsure;
}

/** $string */
function text(value: unknown): string | typeof unsure {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint' || value === null) return String(value);
  if (!isNumber(value)) return unsure;
  return JSON.stringify(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isOrdered(value: unknown): value is string | number {
  return typeof value === 'number' || typeof value === 'string';
}

/** One side is nothing, and the other of the right type, or nothing too. */
function isNothing(left: unknown, right: unknown, fits: (value: unknown) => boolean): boolean {
  return (left === undefined && (right === undefined || fits(right))) || (right === undefined && fits(left));
}

function isPrimitive(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || isNumber(value);
}

/** All that the expression asks for; names of functions are none. */
function variablesOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, value, procedure, ...rest } = node as Record<string, unknown>;
  const own = type === 'variable' ? [String(value)] : [];
  return [...own, ...Object.values(rest).flatMap(variablesOf)];
}

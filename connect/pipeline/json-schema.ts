// JSON Schema (2020-12, and what drafts 6 and 7 wrote otherwise), compiled to functions once. A keyword looks at values of its own type only, as the
// standard has it: `required` says nothing of a text. Formats are checked; what is unknown is refused where the schema is read, as whoever wrote it meant something.

import { didYouMean } from '../../core/index.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import { type Check, type Rule, rules } from './json-schema-rules.js';

const annotations = (
  '$schema $id $anchor $comment $vocabulary $defs definitions title description default examples deprecated readOnly writeOnly ' +
  'contentEncoding contentMediaType contentSchema nullable minContains maxContains additionalItems then else'
).split(' ');
const keywords = ['$ref', ...Object.keys(rules), ...annotations];

/** What a schema's words are compiled with. */
export class JsonSchemaCompiler {
  readonly #root: unknown;
  readonly #rootPath: Path;
  readonly #faults: FaultList;
  readonly #refs = new Map<string, { check: Check | undefined }>();

  constructor(root: unknown, rootPath: Path, faults: FaultList) {
    this.#root = root;
    this.#rootPath = rootPath;
    this.#faults = faults;
  }

  /** Undefined, with the faults noted, for what is no schema. */
  compile(given: unknown = this.#root, path: Path = this.#rootPath): Check | undefined {
    if (given === true) return () => {};
    if (given === false) return (_, at, faults) => void faults.push({ at, message: 'must not be there' });
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      this.fault(path, 'must be a JSON Schema: an object such as { type: object, required: [id] }');
      return undefined;
    }
    const schema = given as Readonly<Record<string, unknown>>;
    const checks: Check[] = [];
    for (const [key, value] of Object.entries(schema)) {
      const at = [...path, key];
      if (!keywords.includes(key))
        this.#faults.add(at, `JSON Schema has no "${key}"${didYouMean(key, keywords)}`, { isKey: true });
      const rule: Rule | undefined = Object.hasOwn(rules, key) ? rules[key] : undefined;
      const check = key === '$ref' ? this.#reference(value, at) : rule?.(value, { schema, path: at, compiler: this });
      if (check !== undefined) checks.push(check);
    }
    if (checks.length === 1) return checks[0]!;
    return (value, at, faults) => {
      for (const check of checks) check(value, at, faults);
    };
  }

  fault(path: Path, message: string): undefined {
    this.#faults.add(path, message);
  }

  /** A schema may refer to itself, so it is compiled once, and found when it is needed. */
  #reference(given: unknown, path: Path): Check | undefined {
    if (typeof given !== 'string' || !given.startsWith('#'))
      return this.fault(path, 'must refer to a part of the same schema, such as "#/$defs/address"');
    const known = this.#refs.get(given);
    if (known !== undefined) return (value, at, faults) => known.check?.(value, at, faults);
    const names = given
      .slice(1)
      .split('/')
      .slice(1)
      .map(name => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
    let target = this.#root;
    for (const name of names) target = (target as Record<string, unknown> | undefined)?.[name];
    if (target === undefined) return this.fault(path, `there is no ${given} in the schema`);
    const made: { check: Check | undefined } = { check: undefined };
    this.#refs.set(given, made);
    made.check = this.compile(target, [...this.#rootPath, ...names]);
    return (value, at, faults) => made.check?.(value, at, faults);
  }
}

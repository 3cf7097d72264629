// Files that describe connectors, as `connect start`, `connector create` and `connector apply` take them: a properties file (one connector, with `name`),
// JSON (`{"name", "config"}`, or the configuration alone with `name` in it), YAML (the same, several as documents or as a list).

import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { InvalidInput } from './exit-code.js';
import { jsonFaultPlace } from './json-fault.js';
import { readPropertiesFile } from './properties-file.js';
import { unreadable } from './unreadable.js';

export interface DescribedConnector {
  readonly name: string;
  readonly config: Readonly<Record<string, string | null>>;
  readonly initialState?: string | undefined;
}

type Given = Readonly<Record<string, unknown>>;

/** The objects in a file; what they mean is not looked at. Throws InvalidInput. */
export async function readObjects(path: string): Promise<readonly Given[]> {
  if (extname(path) === '.properties') return [await readPropertiesFile(path)];
  const documents = await parsedDocuments(path, await textOf(path));
  const objects = documents.flat().filter(each => each !== null && each !== undefined);
  if (objects.length === 0) throw new InvalidInput(`${path} holds nothing`);
  return objects.map(each => {
    if (typeof each === 'object' && !Array.isArray(each)) return each as Given;
    const form = ['.json', '.yaml', '.yml'].includes(extname(path))
      ? ''
      : " (lines of name=value need .properties at the end of the file's name)";
    throw new InvalidInput(`${path}: a connector is an object with "name" and "config"${form}`);
  });
}

/** Throws InvalidInput where two descriptions are of one connector: one of them would count for nothing. */
export function requireDistinct(described: readonly DescribedConnector[]): void {
  const names = described.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new InvalidInput(`${twice} is described twice: give each connector a name of its own`);
}

/** The connectors that a file describes. Throws InvalidInput. */
export async function readConnectors(path: string): Promise<readonly DescribedConnector[]> {
  return (await readObjects(path)).map(given => describedConnector(given, path));
}

export function describedConnector(given: Given, path: string): DescribedConnector {
  const isFlat = typeof given['config'] !== 'object' || given['config'] === null;
  const {
    config,
    initial_state: initialState,
    name,
  } = isFlat ? { name: given['name'], config: given, initial_state: undefined } : given;
  const connector = name ?? (config as Given)['name'];
  if (typeof connector !== 'string' || connector.trim() === '') {
    throw new InvalidInput(`${path}: a connector needs a name: write name=...`);
  }
  if (!('connector.class' in (config as Given))) {
    throw new InvalidInput(`${path}: ${connector}: connector.class: say which connector it is`);
  }
  const texts = Object.entries(config as Given).map(([key, value]) => [key, textOfValue(key, value, path)] as const);
  return {
    name: connector.trim(),
    config: { ...Object.fromEntries(texts), name: connector.trim() },
    initialState: initialState === undefined ? undefined : String(initialState),
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw await unreadable(path, error);
  }
}

async function parsedDocuments(path: string, text: string): Promise<readonly unknown[]> {
  const isJson = extname(path) === '.json' || (path === '-' && text.trimStart().startsWith('{'));
  if (isJson) {
    try {
      return [JSON.parse(text)];
    } catch (error) {
      throw new InvalidInput(`${path}${jsonFaultPlace(text, error)}: no JSON`);
    }
  }
  const { parseAllDocuments } = await import('yaml');
  // Numbers as they are written: a configuration holds texts, and 1.50 is not 1.5.
  const documents = parseAllDocuments(text, { schema: 'failsafe' });
  for (const document of 'empty' in documents ? [] : documents) {
    const [fault] = document.errors;
    const place = fault?.linePos?.[0];
    if (fault !== undefined)
      throw new InvalidInput(`${path}:${place?.line ?? 1}:${place?.col ?? 1}: no YAML: ${withoutText(fault.message)}`);
  }
  try {
    return 'empty' in documents ? [] : documents.map(document => document.toJS() as unknown);
  } catch (error) {
    throw new InvalidInput(`${path}: no YAML: ${withoutText((error as Error).message)}`); // an alias of nothing
  }
}

/** The parser's words up to where it quotes the file, which may hold secrets. */
function withoutText(message: string): string {
  const [words = ''] = message.split(/ at line |[:"'`\n]/);
  return words.trim();
}

function textOfValue(key: string, value: unknown, path: string): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every(item => typeof item !== 'object')) return value.join(',');
  throw new InvalidInput(`${path}: ${key} must be a text`);
}

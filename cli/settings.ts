// An option that the command line leaves out is taken from the environment, then from the settings file. Options of a command carry the
// command's name there: --format of `consume` is MILLRACE_CONSUME_FORMAT, or {"consume": {"format": ...}}.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { InvalidInput } from './exit-code.js';

const settingsFiles = ['millrace.config.json', '.millrace.json'];

type Settings = Readonly<Record<string, unknown>>;

/** Fills what the flags left open, for the command and for the program around it. */
export async function applySettings(root: Command, command: Command): Promise<void> {
  const file = settingsFile(root);
  const settings = file === undefined ? {} : readSettings(file);
  if (file !== undefined) await refuseUnknown(root, settings, file);
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const path = commandPath(at);
    const section = sectionOf(settings, path);
    for (const option of at.options) fill(at, option, path, section, file);
  }
}

function settingsFile(root: Command): string | undefined {
  const flag = root.getOptionValue('config') as string | undefined;
  // `connect start --config worker.properties`: that is the worker's file, as settings are always JSON.
  const isWorkers = flag !== undefined && /\.(properties|ya?ml)$/.test(flag);
  const named = isWorkers ? undefined : (flag ?? process.env['MILLRACE_CONFIG']);
  if (named === undefined) return settingsFiles.find(name => existsSync(name));
  if (!existsSync(named)) {
    const isPair = /^[\w.]+=/.test(named);
    const meant = isPair
      ? ': --config names a file of settings, the configs of a topic are given by --topic-config (-c)'
      : '';
    throw new InvalidInput(`there is no settings file ${named}${meant}`);
  }
  return named;
}

function readSettings(file: string): Settings {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidInput(`${file} is no JSON: ${(error as Error).message}`);
  }
  if (!isSection(settings)) throw new InvalidInput(`${file} must hold one JSON object`);
  return settings;
}

function isSection(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** ['topic', 'create'] for `millrace topic create`. */
function commandPath(command: Command): string[] {
  return command.parent === null ? [] : [...commandPath(command.parent), command.name()];
}

function sectionOf(settings: Settings, path: readonly string[]): Settings {
  return path.reduce<Settings>((section, name) => (isSection(section[name]) ? section[name] : {}), settings);
}

function fill(command: Command, option: Option, path: readonly string[], section: Settings, file?: string): void {
  const key = option.attributeName();
  const source = command.getOptionValueSource(key);
  if (source !== undefined && source !== 'default') return;
  const variable = `MILLRACE_${[...path, option.name()].join('_').replaceAll('-', '_').toUpperCase()}`;
  const fromEnvironment = process.env[variable];
  if (fromEnvironment !== undefined) {
    command.setOptionValueWithSource(key, parsed(option, fromEnvironment, variable), 'env');
    return;
  }
  if (file === undefined || !(option.name() in section)) return;
  const value = relativeToFile(option.name(), section[option.name()], file);
  command.setOptionValueWithSource(key, parsed(option, value, `"${option.name()}" in ${file}`), 'config');
}

/** Paths in a settings file are meant from where the file lies. */
function relativeToFile(name: string, value: unknown, file: string): unknown {
  if (typeof value !== 'string') return value;
  if (name === 'data' || name === 'command-config') return resolve(dirname(file), value);
  if (name === 'url' && value.startsWith('file:')) return `file:${resolve(dirname(file), value.slice('file:'.length))}`;
  return value;
}

function parsed(option: Option, value: unknown, where: string): unknown {
  if (option.isBoolean()) return parsedBoolean(value, where);
  if (option.variadic || Array.isArray(option.defaultValue))
    return (isSection(value) ? pairsOf(value) : [value].flat()).map(String);
  if (typeof value !== 'string' && typeof value !== 'number') throw new InvalidInput(`${where} must be a text`);
  if (option.parseArg === undefined) return String(value);
  try {
    return option.parseArg(String(value), undefined);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new InvalidInput(`${where}: ${error.message}`);
    throw error;
  }
}

/** Pairs may be written as an object too: {"property": {"security.protocol": "SSL"}}. */
function pairsOf(section: Settings): string[] {
  return Object.entries(section).map(([name, value]) => `${name}=${value}`);
}

function parsedBoolean(value: unknown, where: string): boolean {
  if (['true', '1', 'yes'].includes(String(value))) return true;
  if (['false', '0', 'no', ''].includes(String(value))) return false;
  throw new InvalidInput(`${where} must be true or false`);
}

/** A settings file with a word that means nothing is refused: a mistyped one would be ignored in silence. */
async function refuseUnknown(command: Command, section: Settings, file: string): Promise<void> {
  const options = command.options.map(option => option.name()).filter(name => name !== 'version' && name !== 'config');
  const commands = command.commands.map(child => child.name()).filter(name => name !== 'help');
  for (const [name, value] of Object.entries(section)) {
    const child = command.commands.find(candidate => candidate.name() === name);
    if (child !== undefined && isSection(value)) await refuseUnknown(child, value, file);
    else if (!options.includes(name)) {
      const { didYouMean } = await import('../core/index.js');
      throw new InvalidInput(`${file}: unknown setting "${name}"${didYouMean(name, [...options, ...commands])}`);
    }
  }
}

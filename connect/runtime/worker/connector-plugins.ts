import { didYouMean, editDistance, nearestWord } from '../../../core/index.js';
import type { ConnectorPlugin } from './worker.js';
import { WorkerError } from './worker-error.js';

/** The connectors that configurations may name, found by class, alias, or the part behind the last dot, with or without `Connector` at its end. */
export class ConnectorPlugins {
  readonly all: readonly ConnectorPlugin[];
  readonly #byName = new Map<string, ConnectorPlugin>();

  constructor(plugins: readonly ConnectorPlugin[]) {
    this.all = [...plugins].sort((a, b) => (a.class < b.class ? -1 : 1));
    // Full names first: no short name may hide one.
    for (const names of [fullNames, shortNames]) {
      for (const plugin of plugins) {
        for (const name of names(plugin)) if (!this.#byName.has(name)) this.#byName.set(name, plugin);
      }
    }
  }

  find(name: string): ConnectorPlugin | undefined {
    return this.#byName.get(name);
  }

  /** Empty where no name is near. */
  didYouMean(name: string): string {
    const near = nearestWord(name, this.#byName.keys());
    return near === undefined || editDistance(name, near) > 3 ? '' : ` (did you mean "${near}"?)`;
  }

  /** Throws WorkerError, naming the nearest. */
  require(name: string): ConnectorPlugin {
    const plugin = this.find(name);
    if (plugin !== undefined) return plugin;
    const known = this.all.map(each => `${each.class} (${each.kind})`).join(', ');
    throw new WorkerError(
      'invalid',
      `Failed to find any class that implements Connector and which name matches ${name}, available connectors are: ${known}${didYouMean(name, this.#byName.keys())}`,
    );
  }
}

function fullNames({ class: name, aliases }: ConnectorPlugin): readonly string[] {
  return [name, ...aliases];
}

function shortNames(plugin: ConnectorPlugin): readonly string[] {
  return fullNames(plugin).flatMap(name => {
    const simple = name.slice(name.lastIndexOf('.') + 1);
    const bare = simple.replace(/Connector$/, '');
    return [simple, bare, `${bare}Connector`];
  });
}

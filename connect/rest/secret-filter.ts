// Secrets do not leave through REST. A key is secret when its plugin says so, or by its name (`producer.override.sasl.jaas.config`, `ssl.key.password`);
// the password inside a URL is one as well. A reference to a config provider (`${env:PASSWORD}`) is no secret and is shown. Whoever reads a configuration,
// changes a line and puts it back keeps the secrets: a value given as it is shown stands for the value that is there.

import { hiddenText, isSecretName } from '../runtime/secrets.js';
import type { Worker } from '../runtime/worker/worker.js';
import type { ConfigText } from '../runtime/worker/worker-answers.js';

/** What stands in place of a secret, as in Kafka Connect's validation answers. */
export const hidden = hiddenText;

type Given = Readonly<Record<string, unknown>>;

const reference = /^\$\{[^{}]+\}$/;
const urlPassword = /(\/\/[^/@:\s]*:)([^@\s]+)(@)/g;
/** Shorter ones are not looked for in texts: they would be found in every word. */
const secretCharsMin = 4;

export class SecretFilter {
  readonly #worker: Worker;
  readonly #keysByClass = new Map<unknown, ReadonlySet<string>>();

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static of(worker: Worker): SecretFilter {
    return new SecretFilter(worker);
  }

  shown(config: ConfigText): ConfigText {
    const entries = Object.entries(config);
    return Object.fromEntries(entries.map(([key, value]) => [key, this.#shownValue(config, key, value)]));
  }

  /** `given` with the present value wherever it says what `shown` makes of that. */
  restored<C extends Given>(given: C, present: ConfigText): C {
    const shown = this.shown(present);
    const entries = Object.entries(given).map(([key, value]) => {
      const isAsShown = typeof value === 'string' && value === shown[key] && value !== present[key];
      return [key, isAsShown ? present[key] : value];
    });
    return Object.fromEntries(entries) as C;
  }

  /** A text about `config`, such as what is wrong with it, without its secrets. */
  concealed(text: string, config: Given): string {
    const secrets = Object.entries(config).flatMap(([key, value]) => {
      if (typeof value !== 'string') return [];
      const inUrl = [...value.matchAll(urlPassword)].map(match => match[2]!);
      return this.#isSecret(config, key) && !reference.test(value) ? [value, ...inUrl] : inUrl;
    });
    return secrets
      .filter(secret => secret.length >= secretCharsMin)
      .sort((a, b) => b.length - a.length)
      .reduce((shown, secret) => shown.replaceAll(secret, hidden), text);
  }

  #shownValue(config: Given, key: string, value: string | null): string | null {
    if (value === null || reference.test(value)) return value;
    return this.#isSecret(config, key) ? hidden : value.replace(urlPassword, `$1${hidden}$3`);
  }

  #isSecret(config: Given, key: string): boolean {
    return isSecretName(key) || this.#secretKeys(config['connector.class']).has(key);
  }

  #secretKeys(connectorClass: unknown): ReadonlySet<string> {
    let keys = this.#keysByClass.get(connectorClass);
    if (keys === undefined) {
      keys = new Set(this.#passwordKeys(connectorClass));
      this.#keysByClass.set(connectorClass, keys);
    }
    return keys;
  }

  #passwordKeys(connectorClass: unknown): readonly string[] {
    if (typeof connectorClass !== 'string') return [];
    try {
      const keys = this.#worker.pluginConfig(connectorClass);
      return keys.filter(({ type }) => type === 'PASSWORD').map(({ name }) => name);
    } catch {
      return []; // a class that is none has no keys
    }
  }
}

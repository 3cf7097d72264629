// What must not be seen of a connector's configuration: values of options that are secrets, and what config providers gave. Every text that leaves the
// worker on the connector's behalf (log, status, trace, dead letter) passes `hidden` before.

export const hiddenText = '[hidden]';

const secretName =
  /password|passwd|secret|credential|token$|api\.?key$|private\.?key|sasl\.jaas\.config$|ssl\.keystore\.key$/i;

/** Whether an option is a secret by its name, such as `producer.override.sasl.jaas.config`: what nobody declares may still be one. */
export function isSecretName(key: string): boolean {
  return secretName.test(key);
}

/** A shorter one would take common words out of every message, and is no secret anyway. */
const secretLengthMin = 4;

export class Secrets {
  /** Longest first: one may hold another. */
  #replacements: readonly (readonly [string, string])[] = [];

  /** Each with what is shown in its place. */
  add(secrets: Iterable<readonly [string, string]>): void {
    const all = new Map(this.#replacements);
    for (const [secret, shown] of secrets) {
      for (const form of formsOf(secret)) if (form.length >= secretLengthMin) all.set(form, shown);
    }
    this.#replacements = [...all].sort(([a], [b]) => b.length - a.length);
  }

  hidden(text: string): string {
    return this.#replacements.reduce((shown, [secret, stand]) => shown.replaceAll(secret, stand), text);
  }
}

/** As it is, and the ways in which messages quote it; of a URL with a password, the password too. */
function formsOf(secret: string): readonly string[] {
  const trimmed = secret.trim();
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:([^@\s]+)@/i.exec(trimmed)?.[1];
  const forms = [secret, trimmed, ...(password === undefined ? [] : [password, decoded(password)])];
  return forms.flatMap(form => [form, inUrl(form), JSON.stringify(form).slice(1, -1)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function inUrl(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

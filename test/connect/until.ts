import type { Ports } from '../../core/index.js';

/** Looks again and again; after more time than a busy machine needs, rejects saying `what` it has waited for. */
export async function until(
  { ports: { clock } }: { readonly ports: Pick<Ports, 'clock'> },
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string | Promise<string>),
): Promise<void> {
  const giveUpAt = clock.monotonic() + 90_000;
  while (!(await condition())) {
    if (clock.monotonic() > giveUpAt)
      throw new Error(`waited in vain until ${typeof what === 'string' ? what : await what()}`);
    await clock.sleep(10);
  }
}

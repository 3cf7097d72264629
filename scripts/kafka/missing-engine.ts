/** What a real Kafka needs is not on this machine. The message names it, and says how to get it. */
export class MissingEngine extends Error {
  override readonly name = 'MissingEngine';
}

import type { Place } from './fixtures.js';

/** Why a case is left out that needs the other side to go away and to come back. */
export function cannotBreak(_: unknown, place: Place): string | undefined {
  return place.breakPeer === undefined || place.mendPeer === undefined
    ? 'the fixture has no breakPeer and mendPeer'
    : undefined;
}

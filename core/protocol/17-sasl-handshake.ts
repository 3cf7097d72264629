import { api } from './api.js';
import { array, int16, string } from './field.js';
import { neverFlexible } from './schema.js';

/** Chooses a SASL mechanism. After version 0 the tokens follow bare, after version 1 in SaslAuthenticate. */
export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexibleFrom: neverFlexible,
  request: {
    mechanism: string('0+'),
  },
  response: {
    errorCode: int16('0+'),
    mechanisms: array('0+', 'string'),
  },
});

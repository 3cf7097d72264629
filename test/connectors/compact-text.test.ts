import test from 'ava';
import { FlatJson } from '../../connect/converters/flat-json.js';
import { CompactText } from '../../connectors/file/compact-text.js';

/** What is copied; undefined where it has to be written anew. */
function copied(text: string): string | undefined {
  const bytes = Buffer.from(`xx${text}yy`);
  const flat = new FlatJson();
  if (!flat.find(bytes, 2, bytes.length - 2)) return undefined;
  const compact = new CompactText();
  if (!compact.find({ shape: flat.shape, bytes, bounds: flat.bounds, boundsAt: flat.boundsAt })) return undefined;
  return bytes.toString('utf8', compact.start, compact.end);
}

test('flat JSON is copied where it stands as JSON.stringify writes it, and only there', t => {
  const values = [{ a: 1 }, { a: 'ä', 'b c': null, '{': true, d: -1.5 }, { '': '', ':': '"'.slice(1) }];
  for (const value of values) t.is(copied(JSON.stringify(value)), JSON.stringify(value));
  const others = [
    '{ "a":1}',
    '{"a" :1}',
    '{"a": 1}',
    '{"a":1 }',
    '{"a":1, "b":2}',
    '{"a":1 ,"b":2}',
    '{"{a"  :1}',
    '{\n"a":1}',
  ];
  for (const text of others) t.is(copied(text), undefined, text);
});

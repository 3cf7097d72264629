import { findConverter } from '../../converters/named-converter.js';
import { findPredicate, findTransform } from '../../transforms/named-transform.js';
import { classFault } from './class-fault.js';

/** What is wrong with the name of a converter that `key` holds. */
export function converterFault(key: string, value: string | null): readonly string[] {
  if (value === null || value === '') return [];
  try {
    findConverter(value);
    return [];
  } catch (error) {
    return isOtherPlugin(value)
      ? [`Class class ${value} does not implement the Converter interface`]
      : [classFault(key, value, error)];
  }
}

function isOtherPlugin(name: string): boolean {
  return [findTransform, findPredicate].some(find => {
    try {
      find(name);
      return name.includes('.');
    } catch {
      return false;
    }
  });
}

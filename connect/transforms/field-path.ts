import { ConfigError } from '../api/errors.js';

/** The fields that a path leads through (KIP-821): one in V1; in V2 dots separate, and backticks around a name keep its dots. */
export function fieldPath(path: string, version: 'V1' | 'V2'): readonly string[] {
  if (version === 'V1') return [path];
  const steps: string[] = [];
  let at = 0;
  while (at <= path.length) {
    const end =
      path[at] === '`' ? closingBacktick(path, at) : path.indexOf('.', at) < 0 ? path.length : path.indexOf('.', at);
    const step = path[at] === '`' ? path.slice(at + 1, end).replace(/\\`(?=\.)/g, '`') : path.slice(at, end);
    steps.push(step);
    at = (path[at] === '`' ? end + 1 : end) + 1;
  }
  return steps;
}

/** Closes the name that begins at `start`: before a dot or the end, and not escaped. */
function closingBacktick(path: string, start: number): number {
  for (let at = path.indexOf('`', start + 1); at >= 0; at = path.indexOf('`', at + 1)) {
    const isLast = at === path.length - 1 || path[at + 1] === '.';
    if (isLast && path[at - 1] !== '\\') return at;
  }
  throw new ConfigError(`Incomplete backtick pair in path: [${path}], consider adding a backtick to close the path`);
}

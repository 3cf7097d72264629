// Which files are meant by `file`: a path, a folder, or a pattern. A path that exists is that path, whatever characters it has.

import { stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { ConfigError } from '../../connect/api/index.js';

export type FilePattern =
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'pattern';
      /** The folder that all files are in or below. */
      readonly base: string;
      /** How many folders below the base there may be files. */
      readonly depthMax: number;
      /** Of paths below the base, with `/` between folders. */
      matches(path: string): boolean;
    };

export async function filePattern(file: string): Promise<FilePattern> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory() || /[/\\]$/.test(file)) {
    return { kind: 'pattern', base: normalize(join(file, '.')), depthMax: 0, matches: path => !path.includes('/') };
  }
  return found === undefined && isPattern(file) ? patternOf(file) : { kind: 'path', path: normalize(file) };
}

/** Throws ConfigError for a pattern that is none. */
export function requirePattern(file: string): void {
  if (isPattern(file)) patternOf(file);
}

/** Whether the text could mean several files. */
export function isPattern(file: string): boolean {
  return /[*?[{]/.test(file);
}

function patternOf(file: string): FilePattern {
  const segments = normalize(file).split(sep);
  const first = segments.findIndex(isPattern);
  const base = segments.slice(0, first).join(sep) || (file.startsWith(sep) ? sep : '.');
  const rest = segments.slice(first);
  const expression = expressionOf(rest, file);
  const depthMax = rest.includes('**') ? Number.POSITIVE_INFINITY : rest.length - 1;
  return { kind: 'pattern', base, depthMax, matches: path => expression.test(path) };
}

function expressionOf(segments: readonly string[], file: string): RegExp {
  try {
    return new RegExp(
      `^${segments.map((segment, at) => segmentPattern(segment, at === segments.length - 1)).join('')}$`,
    );
  } catch (cause) {
    throw new ConfigError(
      `file: "${file}" is no pattern: a { or [ without its other half, or a range such as [z-a] that ends before it begins`,
      { cause },
    );
  }
}

function segmentPattern(segment: string, isLast: boolean): string {
  if (segment === '**') return isLast ? '.*' : '(?:[^/]+/)*';
  let depth = 0;
  const text = segment.replaceAll(/\[!?[^\]]+\]|[\s\S]/g, part => {
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 1) return part.replace(/^\[!/, '[^');
    if (part === '{') return `(?:${++depth > 0 ? '' : ''}`;
    if (part === '}' && depth > 0) return `)${--depth > 0 ? '' : ''}`;
    if (part === ',' && depth > 0) return '|';
    return part.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  });
  return isLast ? text : `${text}/`;
}

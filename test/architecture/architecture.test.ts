// The import table of the design, as data in rooms.json, and the habits that can be checked by reading: no arrow that the table does not
// name, no cycle, pure rooms pure, time and chance only behind ports, one export a file that can be found by its name, nothing dead.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { projectRoot, type SourceFile, sourceFiles } from './source-files.js';

interface Rules {
  rooms: Record<string, string[]>;
  faces: Record<string, string>;
  pure: string[];
  impureWords: string[];
  timeAndChance: string[];
  mayTouchTimeAndChance: string[];
  bannedFileNames: string[];
  lineLimit: number;
  functionLineLimit: number;
  longFiles: string[];
  longFunctions: string[];
}

const rules = JSON.parse(readFileSync(join(projectRoot, 'test/architecture/rooms.json'), 'utf8')) as Rules;
const files = sourceFiles();
const roomNames = Object.keys(rules.rooms).toSorted((a, b) => b.length - a.length);

function isInside(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`);
}

function roomOf(path: string): string | undefined {
  return roomNames.find(room => isInside(path, room));
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isAllowed(file: SourceFile, imported: string, room: string): boolean {
  if (imported.endsWith('.ts')) {
    if (roomOf(imported) === room && imported !== rules.faces[room]) return true;
    return rules.rooms[room]!.some(allowed => {
      if (allowed.startsWith('face:')) return rules.faces[allowed.slice(5)] === imported;
      if (allowed.endsWith('/*'))
        return isInside(imported, allowed.slice(0, -2)) && !file.path.startsWith(`${imported}/`);
      return isInside(imported, allowed);
    });
  }
  if (imported.startsWith('node:')) return rules.rooms[room]!.includes('node:');
  return rules.rooms[room]!.includes(`npm:${packageOf(imported)}`);
}

test('every import follows the table', t => {
  t.true(files.length > 20, 'the test reads the sources');
  const wrong = files.flatMap(file => {
    const room = roomOf(file.path);
    if (room === undefined) return [`${file.path} is in no room of the table`];
    return file.imports
      .filter(imported => !isAllowed(file, imported, room))
      .map(imported => `${file.path} -> ${imported}`);
  });
  t.deepEqual(wrong, []);
});

test('there is no import cycle', t => {
  const importsOf = new Map(files.map(file => [file.path, file.imports.filter(path => path.endsWith('.ts'))]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const imported of importsOf.get(path) ?? []) visit(imported, [...trail, path]);
    state.set(path, 'done');
  };
  for (const file of files) visit(file.path, []);
  t.deepEqual(cycles, []);
});

test('the only index.ts files are the faces, and each room of the table has something in it', t => {
  const indexes = files.map(file => file.path).filter(path => path.split('/').at(-1) === 'index.ts');
  t.deepEqual(
    indexes.toSorted(),
    Object.values(rules.faces)
      .filter(face => indexes.includes(face))
      .toSorted(),
  );
  const unknownFolders = new Set(files.filter(file => roomOf(file.path) === undefined).map(file => file.path));
  t.deepEqual([...unknownFolders], []);
});

/** Words of the code (no comments, no text of strings) that `words` names, with their lines. */
function uses(file: SourceFile, words: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = codeWord(node);
    if (text !== undefined && words.includes(text)) {
      const { line } = file.tree.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file.path}:${line + 1} ${text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return found;
}

function codeWord(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return node.expression.text === 'performance' ? 'performance.' : `${node.expression.text}.${node.name.text}`;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  if (ts.isAwaitExpression(node)) return 'await';
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async';
  return ts.isIdentifier(node) ? node.text : undefined;
}

test('pure rooms hold no async, timer, clock, randomness or I/O', t => {
  const pureFiles = files.filter(file => rules.pure.some(room => isInside(file.path, room)));
  t.true(pureFiles.length > 0);
  t.deepEqual(
    pureFiles.flatMap(file => uses(file, [...rules.impureWords, ...rules.timeAndChance])),
    [],
  );
});

test('time and chance come through ports', t => {
  const bound = files.filter(file => {
    const isFree = [...rules.mayTouchTimeAndChance, 'scripts', 'bench'].some(room => isInside(file.path, room));
    return !isFree;
  });
  t.deepEqual(
    bound.flatMap(file => uses(file, rules.timeAndChance)),
    [],
  );
});

test('files are named for what they hold', t => {
  const wrong = files.filter(file => {
    const name = file.path.split('/').at(-1)!.replace(/\.ts$/, '');
    return rules.bannedFileNames.some(word => name.split('-').includes(word)) || !/^[a-z0-9-]+$/.test(name);
  });
  t.deepEqual(
    wrong.map(file => file.path),
    [],
  );
});

test('no file and no function is longer than the limit, but those on a list that may only shrink', t => {
  const longFiles = files.filter(file => file.lineCount > rules.lineLimit).map(file => file.path);
  t.deepEqual(
    longFiles.filter(path => !rules.longFiles.includes(path)),
    [],
  );
  t.deepEqual(
    rules.longFiles.filter(path => !longFiles.includes(path)),
    [],
    'take it off the list',
  );
  const longFunctions = files.flatMap(longFunctionsOf);
  t.deepEqual(
    longFunctions.filter(name => !rules.longFunctions.includes(name)),
    [],
  );
  t.deepEqual(
    rules.longFunctions.filter(name => !longFunctions.includes(name)),
    [],
    'take it off the list',
  );
});

function longFunctionsOf(file: SourceFile): string[] {
  const found: string[] = [];
  const lineOf = (position: number): number => file.tree.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && lineOf(node.end) - lineOf(node.getStart()) + 1 > rules.functionLineLimit) {
      found.push(`${file.path} ${node.name?.getText() ?? `line ${lineOf(node.getStart()) + 1}`}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return found;
}

test('every file is imported from somewhere, or is an entry', t => {
  const imported = new Set(files.flatMap(file => file.imports));
  const entryText = ['package.json', '.ci/run'].map(path => readFileSync(join(projectRoot, path), 'utf8')).join('\n');
  const isEntry = (path: string): boolean =>
    Object.values(rules.faces).includes(path) ||
    ['dist', 'dist/lib'].some(folder => entryText.includes(`${folder}/${path.replace(/\.ts$/, '.js')}`));
  t.deepEqual(
    files.map(file => file.path).filter(path => !imported.has(path) && !isEntry(path)),
    [],
  );
});

// The source tree as the architecture test sees it: files, their imports (type imports included), their code without comments and strings.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface SourceFile {
  readonly path: string;
  readonly tree: ts.SourceFile;
  /** Packages and `node:` modules as written; files of this project as paths from its root. */
  readonly imports: readonly string[];
  readonly lineCount: number;
}

// Compiled tests live in dist/test/architecture; the sources are three folders up.
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..');

const sourceFolders = ['core', 'streams', 'connect', 'connectors', 'cli', 'console', 'examples', 'bench', 'scripts'];

export function sourceFiles(): SourceFile[] {
  const paths = readdirSync(projectRoot, { withFileTypes: true }).flatMap(entry => {
    if (entry.isFile() && entry.name.endsWith('.ts')) return [entry.name];
    if (!entry.isDirectory() || !sourceFolders.includes(entry.name)) return [];
    return readdirSync(join(projectRoot, entry.name), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => posix.join(entry.name, name));
  });
  return paths.toSorted().map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(projectRoot, path), 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, tree, imports: importsOf(tree, path), lineCount: text.split('\n').length - 1 };
}

function importsOf(tree: ts.SourceFile, path: string): string[] {
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      specifiers.push((node.moduleSpecifier as ts.StringLiteral).text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) specifiers.push(argument.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      specifiers.push((node.argument.literal as ts.StringLiteral).text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return specifiers.map(specifier =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : specifier,
  );
}

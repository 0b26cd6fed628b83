/** A YAML text with its positions: the plain value, and where each key and value of it stands. */
import { isAlias, isCollection, isMap, isNode, isPair, type Node, type ParsedNode, parseDocument } from 'yaml';

export type Path = readonly PropertyKey[];

/** Counted from 1; columns in UTF-16 units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxProblem extends Position {
  readonly message: string;
}

export interface Document {
  readonly value: unknown;
  readonly syntaxProblems: readonly SyntaxProblem[];
  /** False when the text could not be read whole: then `value` says nothing. */
  readonly whole: boolean;
  /** Where the value at `path` begins; of a path that is not there, the nearest thing around it. */
  positionOf(path: Path): Position;
  /** Where the key at the end of `path` begins. */
  positionOfKey(path: Path): Position;
}

/** Far above any hut's file; checks of keys against each other take the square of their number. */
const charactersMax = 65_536;
/** After the first syntax error the others are mostly its echoes. */
const syntaxProblemsMax = 10;

/** Some of yaml's messages end with a piece of the file: `Unresolved tag: …`. Another file may lie there by mistake. */
const withoutText = (message: string) => message.replace(/(?:(?<=[\w)]):|(?<=sequence|directive)) .*$/s, '');

export function readDocument(text: string): Document {
  // yaml's own LineCounter misses the line ends of some broken flow collections.
  const positionAt = (offset: number): Position => {
    const before = text.slice(0, offset);
    return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
  };
  const broken = (message: string): Document => {
    const start = { line: 1, column: 1 };
    return {
      value: undefined,
      syntaxProblems: [{ ...start, message }],
      whole: false,
      positionOf: () => start,
      positionOfKey: () => start,
    };
  };

  if (text.length > charactersMax) return broken(`is longer than ${charactersMax} characters`);

  let document: ReturnType<typeof parseDocument<ParsedNode>>;
  let value: unknown;
  try {
    document = parseDocument<ParsedNode>(text, { prettyErrors: false, stringKeys: true, logLevel: 'error' });
    value = document.toJS();
  } catch {
    return broken('has too many aliases or is nested too deeply');
  }
  const syntaxProblems = [...document.errors, ...document.warnings]
    .slice(0, syntaxProblemsMax)
    .map(({ pos, code, message }) => ({
      ...positionAt(pos[0]),
      message: code === 'RESOURCE_EXHAUSTION' ? 'is nested too deeply' : withoutText(message),
    }));
  // With a duplicate key everything else can still be judged; after any other error it would be guesswork.
  const whole = document.errors.every(({ code }) => code === 'DUPLICATE_KEY') && document.warnings.length === 0;

  /** The pair or item at each step of the path, as far as it goes. */
  function walk(path: Path): { key: Node | undefined; node: Node | undefined; found: boolean } {
    let node: Node | undefined = document.contents ?? undefined;
    let key: Node | undefined;
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(document);
      const next = isCollection(node) ? childOf(node, String(step)) : undefined;
      if (!next) return { key, node, found: false };
      key = next.key ?? next.node;
      node = next.node ?? next.key;
    }
    return { key, node, found: true };
  }

  return {
    value,
    syntaxProblems,
    whole,
    positionOf(path) {
      const { key, node, found } = walk(path);
      return positionAt(((found ? node : (key ?? node))?.range ?? [0])[0]);
    },
    positionOfKey(path) {
      const { key, node } = walk(path);
      return positionAt(((key ?? node)?.range ?? [0])[0]);
    },
  };
}

interface Child {
  readonly key?: Node;
  readonly node?: Node;
}

function childOf(collection: Node, step: string): Child | undefined {
  if (!isMap(collection)) {
    const item = isCollection(collection) ? collection.items[Number(step)] : undefined;
    return isNode(item) ? { node: item } : undefined;
  }
  const pair = collection.items.find((item) => isPair(item) && String(item.key) === step);
  if (!pair) return undefined;
  return { ...(isNode(pair.key) && { key: pair.key }), ...(isNode(pair.value) && { node: pair.value }) };
}

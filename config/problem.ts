/** A mistake in the configuration, said so that it can be mended: where, which key, what is wrong, what is allowed. */
import type { z } from 'zod';
import type { Document, Path, Position } from './document.ts';
import { nearest } from './nearest.ts';

export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Path of the key, such as `devices[2].at`; empty for the file as a whole. */
  readonly key: string;
  readonly wrong: string;
  readonly allowed?: string;
}

export const formatProblem = ({ file, line, column, key, wrong, allowed }: Problem): string =>
  `${file}:${line}:${column}${key ? ` ${key}` : ''}: ${wrong}${allowed ? `; allowed: ${allowed}` : ''}`;

export const formatPath = (path: Path): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${shownKey(step)}`)).join('');

/** A list of people that was put in the place of the file has names and numbers where keys are expected. */
const shownKey = (step: PropertyKey): string =>
  /^[a-z_][\w-]{0,39}$/i.test(String(step)) && !/\d{4}/.test(String(step)) ? String(step) : '?';

/** A mistake before it has a file and a position; `at` says whether the key or the value is meant. */
export interface Finding {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly wrong: string;
  readonly allowed?: string;
}

export const byPosition = (a: Position, b: Position) => a.line - b.line || a.column - b.column;

/** Mistakes of the text itself and findings, each at its place, in the order of the file. */
export function problemsIn(document: Document, file: string, findings: readonly Finding[]): Problem[] {
  const syntax = document.syntaxProblems.map(({ line, column, message }) => ({
    ...{ file, line, column },
    ...{ key: '', wrong: message },
  }));
  const placed = findings.map(({ path, at, wrong, allowed }) => ({
    file,
    ...(at === 'key' ? document.positionOfKey(path) : document.positionOf(path)),
    key: formatPath(path),
    wrong,
    ...(allowed !== undefined && { allowed }),
  }));
  return [...syntax, ...placed].toSorted(byPosition);
}

export const unknownKey = (path: Path, known: readonly string[]): Finding => {
  const meant = nearest(String(path.at(-1)), known);
  const wrong = `unknown key${meant ? `, did you mean ${meant}?` : ''}`;
  return { path, at: 'key', wrong, allowed: known.join(', ') };
};

/** Says in our words what zod found. Never repeats a value: a password may stand in the wrong place. */
export function findingsOf(issue: z.core.$ZodIssue, schema: z.ZodType, under: Path = []): Finding[] {
  const path = [...under, ...issue.path];
  const value = (wrong: string, allowed?: string): Finding[] => [
    { path, at: 'value', wrong, ...(allowed !== undefined && { allowed }) },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], keysAt(schema, issue.path)));
    case 'invalid_type':
      return issue.input === undefined
        ? [{ path, at: 'key', wrong: 'is missing', allowed: article(issue.expected) }]
        : value(`is ${article(kindOf(issue.input))}`, `${article(issue.expected)}${quoteHint(issue)}`);
    case 'invalid_value':
      return issue.input === undefined
        ? [{ path, at: 'key', wrong: 'is missing', allowed: issue.values.map(String).join(', ') }]
        : value('is not one of the allowed values', issue.values.map(String).join(', '));
    case 'too_small':
      return value(
        `is too ${issue.origin === 'number' || issue.origin === 'int' ? 'small' : 'short'}`,
        `at least ${issue.minimum}`,
      );
    case 'too_big':
      return value(
        `is too ${issue.origin === 'number' || issue.origin === 'int' ? 'big' : 'long'}`,
        `at most ${issue.maximum}`,
      );
    case 'invalid_format':
    case 'custom':
      return value('is not valid', issue.message.replace(/^must be /, ''));
    default:
      return value('is not valid', issue.message);
  }
}

const quoteHint = (issue: z.core.$ZodIssueInvalidType): string =>
  issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input) ? ' (put it in quotes)' : '';

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'array';
  return typeof input === 'number' && !Number.isInteger(input) ? 'fraction' : typeof input;
}

const articles: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['fraction', 'a number with a fraction'],
  ['boolean', 'true or false'],
  ['object', 'a group of keys'],
  ['record', 'a group of keys'],
  ['array', 'a list'],
  ['null', 'empty'],
]);
const article = (kind: string) => articles.get(kind) ?? kind;

/** The keys that the object schema at `path` knows. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let inner = schema as { def: { type: string; innerType?: z.ZodType; in?: z.ZodType; element?: z.ZodType } };
  const bare = () => {
    while (inner.def.innerType ?? inner.def.in) inner = (inner.def.innerType ?? inner.def.in) as typeof inner;
  };
  bare();
  for (const step of path) {
    const shape = (inner as { shape?: Record<string, z.ZodType> }).shape;
    const next = shape ? new Map(Object.entries(shape)).get(String(step)) : inner.def.element;
    if (!next) return [];
    inner = next as typeof inner;
    bare();
  }
  return Object.keys((inner as { shape?: object }).shape ?? {});
}

/** Looks into a value of any shape by path: what is not there, or has another type, is undefined or empty. */
import type { Path } from './document.ts';

export const at = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined,
    root,
  );

export const listAt = (root: unknown, path: Path): readonly unknown[] => {
  const value = at(root, path);
  return Array.isArray(value) ? value : [];
};

export const textAt = (root: unknown, path: Path): string | undefined => {
  const value = at(root, path);
  return typeof value === 'string' ? value : undefined;
};

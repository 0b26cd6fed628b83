/** Reads a JSON body by its schema. */
import type { z } from 'zod';
import { ApiProblem } from './problem.ts';

/** Throws ApiProblem 400, which names the keys and never a value: it could be a PIN or a document number. */
export function readBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new ApiProblem(400, 'bad-request', problems.join('; '));
}

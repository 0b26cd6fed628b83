/** One request to this hut's own API. Never rejects: what went wrong is a value with words for it (`text/`). */

/** The API's code (`not-recorded`, `not-signed-in`, …); `silent`: no answer came. */
export interface Problem {
  readonly code: string;
  /** Of the API, in English, for a technician. */
  readonly message: string;
  /** 0: no answer came. */
  readonly status: number;
  readonly retryInSeconds?: number;
}

export type Answer = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly problem: Problem };

/** Longer than any answer takes that is not a device's. */
const answerWithinMs = 10_000;

export async function ask(
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  withinMs = answerWithinMs,
): Promise<Answer> {
  try {
    const response = await fetch(path, {
      method,
      signal: AbortSignal.timeout(withinMs),
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : JSON.parse(text);
    if (response.ok) return { ok: true, body: answer };
    const { code = 'failed', message = '' } = answer?.error ?? {};
    const retryInSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      ok: false,
      problem: { code, message, status: response.status, ...(retryInSeconds >= 0 && { retryInSeconds }) },
    };
  } catch {
    return { ok: false, problem: { code: 'silent', message: '', status: 0 } };
  }
}

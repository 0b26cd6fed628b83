/** Why nobody got in, and how long to wait, counted down. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import type { Problem } from '../shell/ask.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { problemText } from '../text/problem-text.ts';

export function ProblemLine({ problem, t }: { problem: Problem | undefined; t: Catalogue }) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(problem?.retryInSeconds ?? 0);
    const timer = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1_000);
    return () => clearInterval(timer);
  }, [problem]);
  return (
    <div role="alert">
      {problem && (
        <p class="alert tone-bad" data-testid="sign-in-problem">
          <Icon name="cross" />
          <span>
            {problemText(problem, t)} {left > 0 && t.signIn.wait(String(left))}
          </span>
        </p>
      )}
    </div>
  );
}

/**
 * The configuration file: which one is in use, what became of the last reload, a look at the file that changes nothing, and
 * its reload. What is wrong is said in the words of `hutgate check`, so that it can be found in the file.
 */
import { useMemo, useState } from 'preact/hooks';
import type { ConfigCheck, ConfigView } from '../../../gateway/contract/api.ts';
import { createTapGuard } from '../lane/tap-guard.ts';
import { Icon } from '../parts/icon.tsx';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';
import { ask, type Problem } from '../shell/ask.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { number, timeOfDay, visible } from '../text/format.ts';
import { problemText } from '../text/problem-text.ts';

type Phase =
  | { readonly phase: 'idle' | 'checking' | 'asking' }
  /** A reload was asked for; it is over when another one than this is the last. */
  | { readonly phase: 'reloading'; readonly before: number }
  | { readonly phase: 'checked'; readonly check: ConfigCheck }
  | { readonly phase: 'failed'; readonly problem: Problem };

/** The gateway's limit, and then some. */
const lineMax = 320;

export function Configuration({ config, t }: { config: ConfigView; t: Catalogue }) {
  const words = t.configuration;
  const { last } = config;
  const reloads = last?.count ?? 0;
  const [told, setPhase] = useState<Phase>({ phase: 'idle' });
  const guard = useMemo(() => createTapGuard(() => performance.now()), []);
  const isOver = told.phase === 'reloading' && told.before !== reloads;
  const now: Phase = isOver ? { phase: 'idle' } : told;
  const isRefused = last !== undefined && last.outcome !== 'taken-over';

  const check = async () => {
    setPhase({ phase: 'checking' });
    const answer = await ask('POST', '/api/config/check', {});
    setPhase(
      answer.ok
        ? { phase: 'checked', check: answer.body as ConfigCheck }
        : { phase: 'failed', problem: answer.problem },
    );
  };
  const reload = async () => {
    setPhase({ phase: 'reloading', before: reloads });
    const answer = await ask('POST', '/api/config/reload', {});
    // Cut off before the answer: the reload is under way all the same, and the feed tells what came of it.
    if (!answer.ok && answer.problem.status !== 0) setPhase({ phase: 'failed', problem: answer.problem });
  };
  const isBusy = now.phase === 'checking' || now.phase === 'asking' || now.phase === 'reloading';

  return (
    <section class="configuration" data-testid="configuration">
      <h2>{words.title}</h2>
      <div class={`panel edge-${isRefused ? 'bad' : 'good'}`}>
        {isRefused ? (
          <>
            <StateBadge tone="bad" icon="cross" word={words.notTakenOver(timeOfDay(last.at))} />
            <p class="reason">
              <strong>{words.why[last.outcome as keyof typeof words.why]}</strong>
            </p>
            <Problems {...last} t={t} />
          </>
        ) : (
          <StateBadge tone="good" icon="check" word={words.asInFile} />
        )}
        <dl class="facts">
          <div class="wide">
            <dt class="quiet">{words.file}</dt>
            <dd>
              <bdi>{visible(config.file, lineMax)}</bdi>
            </dd>
          </div>
          <div>
            <dt class="quiet">{words.digest}</dt>
            <dd>{config.sha256.slice(0, 12)}</dd>
          </div>
          <div>
            <dt class="quiet">{words.loadedAt}</dt>
            <dd>{`${config.loadedAt.slice(0, 10)} ${timeOfDay(config.loadedAt)}`}</dd>
          </div>
        </dl>
        <div class="buttons">
          <button type="button" class="plain" disabled={isBusy} onClick={check}>
            {now.phase === 'checking' ? words.checking : words.check}
          </button>
          <button
            type="button"
            class="plain"
            disabled={isBusy}
            onClick={() => guard.tap(() => setPhase({ phase: 'asking' }))}
          >
            {words.reload}
          </button>
        </div>
        {now.phase === 'asking' && (
          <section class="reload-question" aria-label={words.reload}>
            <p>{words.reloadAsk}</p>
            <div class="buttons">
              <button type="button" class="plain" onClick={() => guard.tap(() => setPhase({ phase: 'idle' }))}>
                {words.reloadNo}
              </button>
              <button type="button" class="main" onClick={() => guard.tap(reload)}>
                {words.reloadYes}
              </button>
            </div>
          </section>
        )}
        <div role="status" data-testid="config-said">
          {now.phase === 'reloading' && <strong>{words.reloading}</strong>}
          {isOver && last?.outcome === 'taken-over' && <Said tone="good" text={words.takenOver(timeOfDay(last.at))} />}
          {now.phase === 'failed' && <Said tone="bad" text={problemText(now.problem, t)} />}
          {now.phase === 'checked' && <Found {...now.check} t={t} />}
        </div>
      </div>
    </section>
  );
}

function Found({ t, ...check }: ConfigCheck & { readonly t: Catalogue }) {
  const { found } = t.configuration;
  if (check.problems.length > 0)
    return (
      <>
        <Said tone="bad" text={found.wrong} />
        <Problems {...check} t={t} />
      </>
    );
  if (check.inTheWay.length > 0)
    return (
      <>
        <Said tone="warn" text={found.atWork} />
        <Problems problems={check.inTheWay} more={0} t={t} />
      </>
    );
  return <Said tone="good" text={check.inUse ? found.same : found.other} />;
}

const icons = { good: 'check', warn: 'warning', bad: 'cross' } as const;

const Said = ({ tone, text }: { tone: Tone & keyof typeof icons; text: string }) => (
  <p class={`test-outcome tone-${tone}`}>
    <Icon name={icons[tone]} />
    <span>{text}</span>
  </p>
);

function Problems({ problems, more, t }: Pick<ConfigCheck, 'problems' | 'more'> & { readonly t: Catalogue }) {
  const words = t.configuration;
  return (
    <div class="problems">
      <p>{words.problems(number(problems.length + more))}</p>
      <ol lang="en">
        {problems.map((line) => (
          <li key={line}>
            <bdi>{visible(line, lineMax)}</bdi>
          </li>
        ))}
      </ol>
      {more > 0 && <p>{words.more(number(more))}</p>}
    </div>
  );
}

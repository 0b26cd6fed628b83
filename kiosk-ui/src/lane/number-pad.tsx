/** The number pad: 1 2 3 X / 4 5 6 0 / 7 8 9, delete and enter on the right. What is typed is masked where it is a person's. */
import { useState } from 'preact/hooks';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { echo, erased, isComplete, keysOf, type PadUse, pageCount, pageName, typed, wantedLength } from './pad.ts';
import { TapButton } from './tap.tsx';

export function NumberPad({
  use,
  title,
  t,
  done,
  back,
}: {
  use: PadUse;
  title: string;
  t: LaneTexts;
  done: (text: string) => void;
  back: () => void;
}) {
  const [text, setText] = useState('');
  const [page, setPage] = useState(0);
  const nextPage = (page + 1) % pageCount(use);
  const wanted = wantedLength(use);
  return (
    <section class="lane-panel pad" data-testid="panel" aria-label={title}>
      <div class="panel-head">
        <TapButton kind="plain" onTap={back}>
          {t.back}
        </TapButton>
        <h3>
          {title}
          {wanted !== undefined && <small>{t.idDigits(text.length, wanted)}</small>}
        </h3>
        <output class={use.for === 'id' ? 'pad-echo long' : 'pad-echo'} data-testid="echo">
          {echo(use, text) || '\u00a0'}
        </output>
      </div>
      <div class="pad-keys">
        {keysOf(use, page).map((key, at) =>
          key === undefined ? (
            <span key={`none-${at}`} />
          ) : (
            <TapButton key={key} kind="key" onTap={() => setText((old) => typed(use, old, key))}>
              {key}
            </TapButton>
          ),
        )}
        {pageCount(use) > 1 && (
          <TapButton kind="plain" onTap={() => setPage(nextPage)}>
            {pageName(nextPage)}
          </TapButton>
        )}
        <TapButton kind="plain delete" disabled={text === ''} onTap={() => setText(erased)}>
          {t.del}
        </TapButton>
        <TapButton kind="yes enter" disabled={!isComplete(use, text)} onTap={() => done(text)}>
          {t.enter}
        </TapButton>
      </div>
    </section>
  );
}

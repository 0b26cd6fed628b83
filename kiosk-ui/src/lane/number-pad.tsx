/** The number pad: 1 2 3 X / 4 5 6 0 / 7 8 9, and on the right delete, back, enter. What is typed is masked where it is a person's. */
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
  const keys = keysOf(use, page);
  const nextPage = (page + 1) % pageCount(use);
  const wanted = wantedLength(use);
  const shown = echo(use, text);
  return (
    <div class="pad">
      <div class="pad-head">
        <strong>{title}</strong>
        {wanted !== undefined && <span class="pad-length">{t.idDigits(text.length, wanted)}</span>}
        <output class={`pad-echo ${use.for === 'id' ? 'long' : ''}`} data-testid="echo">
          {shown === '' ? '\u00a0' : shown}
        </output>
      </div>
      <div class="pad-keys">
        {[0, 4, 8].flatMap((row, at) => [
          ...Array.from({ length: row === 8 ? 3 : 4 }, (_, column) => {
            const key = keys[row + column];
            return key === undefined ? (
              <span key={`none-${row + column}`} />
            ) : (
              <TapButton key={key} kind="key" onTap={() => setText((old) => typed(use, old, key))}>
                {key}
              </TapButton>
            );
          }),
          ...(row === 8
            ? [
                pageCount(use) > 1 ? (
                  <TapButton key="page" kind="plain" onTap={() => setPage(nextPage)}>
                    {pageName(nextPage)}
                  </TapButton>
                ) : (
                  <span key="page" />
                ),
              ]
            : []),
          [
            <TapButton key="delete" kind="plain" disabled={text === ''} onTap={() => setText(erased)}>
              {t.del}
            </TapButton>,
            <TapButton key="back" kind="plain" onTap={back}>
              {t.back}
            </TapButton>,
            <TapButton key="enter" kind="yes" disabled={!isComplete(use, text)} onTap={() => done(text)}>
              {t.enter}
            </TapButton>,
          ][at],
        ])}
      </div>
    </div>
  );
}

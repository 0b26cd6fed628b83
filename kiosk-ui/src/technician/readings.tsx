/** The last readings as they are committed, newest first. What stands in a reading came over a wire: it is text and nothing else. */
import { type Hut, isConfirmed, type Line } from '../hut.ts';
import { Icon } from '../parts/icon.tsx';
import type { Catalogue } from '../text/catalogue.ts';
import { number, timeOfDay } from '../text/format.ts';
import { summaryText } from '../text/summary-text.ts';

const shownMax = 20;

export const Readings = ({ hut, t }: { hut: Hut; t: Catalogue }) => (
  <section class="readings" data-testid="readings">
    <h2>{t.lastReadings}</h2>
    {hut.lines.length === 0 && <p class="panel">{t.noReadings}</p>}
    <ol class="lines">
      {hut.lines.slice(0, shownMax).map((line) => (
        <ReadingLine
          key={line.kind === 'gap' ? line.id : `${line.event.stream}-${line.event.seq}`}
          line={line}
          hut={hut}
          t={t}
        />
      ))}
    </ol>
  </section>
);

function ReadingLine({ line, hut, t }: { line: Line; hut: Hut; t: Catalogue }) {
  if (line.kind === 'gap') return <li class="gap">{t.notShown(number(line.count))}</li>;
  const { at, device, seq, eventType } = line.event;
  const confirmed = isConfirmed(hut, line.event);
  return (
    <li class="line">
      <time class="quiet">{timeOfDay(at)}</time>
      <div>
        <bdi class="summary">{summaryText(line.event, t)}</bdi>
        <span class="quiet">
          {[t.eventType.get(eventType) ?? eventType, device, `#${number(seq)}`].filter(Boolean).join(' · ')}
        </span>
      </div>
      <span class={confirmed ? 'mark confirmed' : 'mark waiting'}>
        <Icon name={confirmed ? 'checks' : 'clock'} />
        {confirmed ? t.confirmed[hut.uplink?.confirm ?? 'central'] : t.waiting}
      </span>
    </li>
  );
}

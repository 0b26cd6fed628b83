/**
 * What opens instead of the stage when a tap needs a second step. The yes of a question stands at the top right, where
 * no button of the row, no choice and no `back` (top left) is: a finger that taps twice in one place confirms nothing.
 */
import type { ComponentChildren } from 'preact';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { idTypesToType, isReasoned, reasonsOf } from './actions.ts';
import { isYesNo, sayingOf } from './look.ts';
import { NumberPad } from './number-pad.tsx';
import { celsiusOf, type PadUse } from './pad.ts';
import { questionValues } from './question-values.ts';
import { Tails } from './tails.tsx';
import { TapButton } from './tap.tsx';
import type { IdType, LaneAction, LaneActionName, LaneView, ReasonedAction, SayingCode } from './words.ts';

export type Panel =
  | { readonly panel: 'more' }
  | { readonly panel: 'undo' }
  | { readonly panel: 'reasons'; readonly action: ReasonedAction['action'] }
  | { readonly panel: 'id-types' }
  | { readonly panel: 'pad'; readonly use: PadUse };

/** What an action opens; undefined: it is sent at once. */
export function panelOf(name: LaneActionName): Panel | undefined {
  if (name === 'undo') return { panel: 'undo' };
  if (name === 'manual') return { panel: 'id-types' };
  if (name === 'temperature' || name === 'count') return { panel: 'pad', use: { for: name } };
  return isReasoned(name) ? { panel: 'reasons', action: name } : undefined;
}

const Frame = ({
  title,
  back,
  t,
  children,
}: {
  title: string;
  back: () => void;
  t: LaneTexts;
  children: ComponentChildren;
}) => (
  <section class="lane-panel" data-testid="panel" aria-label={title}>
    <div class="panel-head">
      <TapButton kind="plain" onTap={back}>
        {t.back}
      </TapButton>
      <h3>{title}</h3>
    </div>
    <div class="panel-body">{children}</div>
  </section>
);

/** The gateway asks: yes or no. */
export function QuestionPanel({ lane, t, send }: { lane: LaneView; t: LaneTexts; send: (action: LaneAction) => void }) {
  const question = lane.question!;
  const title = sayingOf(t, question.code, questionValues(lane));
  return (
    <section class="lane-panel question-panel" data-testid="question" aria-label={title}>
      <div class="question-text">
        <h3>{title}</h3>
        {question.tubes && <Tails codes={question.tubes} />}
      </div>
      <TapButton kind={destroys.has(question.code) ? 'danger' : 'yes'} onTap={() => send({ action: 'confirm' })}>
        {isYesNo(question.code, t) ? t.yes[question.code] : t.action.confirm}
      </TapButton>
      <TapButton kind="plain" onTap={() => send({ action: 'cancel' })}>
        {t.action.cancel}
      </TapButton>
    </section>
  );
}

/** Their yes cannot be taken back. */
const destroys: ReadonlySet<SayingCode> = new Set(['void-tube', 'discard-group', 'close-session', 'missing-tubes']);

export function OpenPanel({
  panel,
  lane,
  more,
  t,
  send,
  open,
  press,
}: {
  panel: Panel;
  lane: LaneView;
  more: readonly LaneActionName[];
  t: LaneTexts;
  send: (action: LaneAction) => void;
  open: (panel: Panel | undefined) => void;
  press: (name: LaneActionName) => void;
}) {
  const close = () => open(undefined);
  const frame = { back: close, t };
  switch (panel.panel) {
    case 'more':
      return (
        <Frame title={t.more} {...frame}>
          {more.map((name) => (
            <TapButton key={name} onTap={() => press(name)}>
              {t.action[name]}
            </TapButton>
          ))}
        </Frame>
      );
    case 'undo': {
      const [last] = lane.lastPersons;
      return (
        <Frame title={t.swabTaken(String(last?.slot ?? ''), last?.shown ?? '')} {...frame}>
          {lane.can.includes('undo') && (
            <TapButton kind="yes wide" onTap={() => send({ action: 'undo' })}>
              {t.swabNotTaken}
            </TapButton>
          )}
          {lane.can.includes('correct') && (
            <TapButton kind="wide" onTap={() => send({ action: 'correct' })}>
              {t.swabTakenWrongPerson}
            </TapButton>
          )}
          {lane.can.includes('void-tube') && (
            <TapButton kind="danger wide" onTap={() => send({ action: 'void-tube', reason: 'unknown-swab' })}>
              {t.swabTakenWhose}
            </TapButton>
          )}
        </Frame>
      );
    }
    case 'reasons':
      return (
        <Frame title={t.chooseReason[panel.action]} {...frame}>
          {reasonsOf[panel.action].map((reason) => (
            <TapButton key={reason} onTap={() => send({ action: panel.action, reason } as ReasonedAction)}>
              {t.reason[reason]}
            </TapButton>
          ))}
        </Frame>
      );
    case 'id-types':
      return (
        <Frame title={t.chooseIdType} {...frame}>
          {idTypesToType.map((idType) => (
            <TapButton key={idType} onTap={() => open({ panel: 'pad', use: { for: 'id', idType } })}>
              {t.idType[idType]}
            </TapButton>
          ))}
        </Frame>
      );
    case 'pad': {
      const { use } = panel;
      return (
        <NumberPad use={use} title={padTitle(use, t)} t={t} back={close} done={(text) => send(actionOf(use, text))} />
      );
    }
  }
}

function padTitle(use: PadUse, t: LaneTexts): string {
  switch (use.for) {
    case 'id':
      return t.idNumber(t.idType[use.idType as IdType]);
    case 'temperature':
      return t.typeTemperature;
    case 'count':
      return t.typeCount;
  }
}

function actionOf(use: PadUse, text: string): LaneAction {
  switch (use.for) {
    case 'id':
      return { action: 'manual', idType: use.idType, idNumber: text };
    case 'temperature':
      return { action: 'temperature', celsius: celsiusOf(text) };
    case 'count':
      return { action: 'count', count: Number(text) };
  }
}

/**
 * What opens instead of the stage when a tap needs a second step. The yes of a question stands at the top right, where
 * no button of the row and no choice is: a finger that taps twice in one place confirms nothing. `back` is at the bottom
 * right, over `more`.
 */
import type { ComponentChildren } from 'preact';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { tail } from '../text/lane-format.ts';
import { idTypesToType, isReasoned, reasonsOf } from './actions.ts';
import { isYesNo, sayingOf } from './look.ts';
import { NumberPad } from './number-pad.tsx';
import { celsiusOf, type PadUse } from './pad.ts';
import { questionValues } from './question-values.ts';
import { TapButton } from './tap.tsx';
import type { IdType, LaneAction, LaneActionName, LaneView, ReasonedAction } from './words.ts';

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
  yes,
  children,
  foot,
}: {
  title: string;
  yes?: ComponentChildren;
  children?: ComponentChildren;
  foot: ComponentChildren;
}) => (
  <section class="lane-panel" data-testid="panel" aria-label={title}>
    <div class="panel-head">
      <h3>{title}</h3>
      {yes}
    </div>
    <div class="panel-body">{children}</div>
    <div class="panel-foot">{foot}</div>
  </section>
);

/** The gateway asks: yes or no. */
export function QuestionPanel({ lane, t, send }: { lane: LaneView; t: LaneTexts; send: (action: LaneAction) => void }) {
  const question = lane.question!;
  const yes = isYesNo(question.code, t) ? t.yes[question.code] : t.action.confirm;
  return (
    <Frame
      title={sayingOf(t, question.code, questionValues(lane))}
      yes={
        <TapButton kind="yes" onTap={() => send({ action: 'confirm' })}>
          {yes}
        </TapButton>
      }
      foot={
        <TapButton kind="plain" onTap={() => send({ action: 'cancel' })}>
          {t.action.cancel}
        </TapButton>
      }
    >
      {question.tubes && (
        <ul class="tails">
          {question.tubes.slice(0, tailsMax).map((code) => (
            <li key={code}>…{tail(code)}</li>
          ))}
          {question.tubes.length > tailsMax && <li>{t.andMore(question.tubes.length - tailsMax)}</li>}
        </ul>
      )}
    </Frame>
  );
}

const tailsMax = 11;

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
  const foot = (
    <TapButton kind="plain" onTap={close}>
      {t.back}
    </TapButton>
  );
  switch (panel.panel) {
    case 'more':
      return (
        <Frame title={t.more} foot={foot}>
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
        <Frame title={t.swabTaken(String(last?.slot ?? ''), last?.shown ?? '')} foot={foot}>
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
            <TapButton kind="wide" onTap={() => send({ action: 'void-tube', reason: 'unknown-swab' })}>
              {t.swabTakenWhose}
            </TapButton>
          )}
        </Frame>
      );
    }
    case 'reasons':
      return (
        <Frame title={t.chooseReason[panel.action]} foot={foot}>
          {reasonsOf[panel.action].map((reason) => (
            <TapButton key={reason} onTap={() => send({ action: panel.action, reason } as ReasonedAction)}>
              {t.reason[reason]}
            </TapButton>
          ))}
        </Frame>
      );
    case 'id-types':
      return (
        <Frame title={t.chooseIdType} foot={foot}>
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
        <section class="lane-panel" data-testid="panel">
          <NumberPad use={use} title={padTitle(use, t)} t={t} back={close} done={(text) => send(actionOf(use, text))} />
        </section>
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

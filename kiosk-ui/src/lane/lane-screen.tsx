/**
 * The screen a sampler stands in front of: the outcome of the last scan, the counter, the next step, and a touch twin
 * of every command. Scanning is the input; no hand is needed on the way. See gateway/contract/lane.ts for what is shown.
 */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { BoxScreen } from '../box/box-screen.tsx';
import type { Hut, Liveness } from '../hut.ts';
import type { Sound } from '../sound/sound.ts';
import { useLaneSound } from '../sound/use-lane-sound.ts';
import { useSource } from '../store.ts';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { type Buttons, buttonsOf, stepActions } from './actions.ts';
import { Band } from './band.tsx';
import { LaneHead } from './lane-head.tsx';
import { bandOf, isYesNo, leftAt } from './look.ts';
import { NextStep } from './next-step.tsx';
import { OpenPanel, type Panel, panelOf, QuestionPanel } from './panels.tsx';
import { Stage } from './stage.tsx';
import { TapButton, Taps } from './tap.tsx';
import { createTapGuard } from './tap-guard.ts';
import type { LaneAction, LaneActionName, LaneView } from './words.ts';
import '../style/lane.css';

export interface LaneScreenProps {
  readonly lane: LaneView;
  readonly hut: Hut;
  readonly live: Liveness;
  /** Resolves when the hut has answered or could not be reached; never rejects. */
  readonly act: (action: LaneAction) => Promise<void>;
  readonly t: LaneTexts;
  /** half: beside another lane. */
  readonly layout: 'full' | 'half';
  readonly sound: Sound;
}

export function LaneScreen({ lane, hut, live, act, t, layout, sound }: LaneScreenProps) {
  const isLive = live === 'live';
  const guard = useMemo(() => createTapGuard(() => performance.now()), []);
  const { panel, open } = usePanel(lane);
  const [isSending, setSending] = useState(false);
  const left = useLeft(lane, hut.nowMs);
  useLaneSound(sound, lane.said, isLive);

  const send = (action: LaneAction) => {
    if (isSending) return;
    open(undefined);
    setSending(true);
    void act(action).finally(() => setSending(false));
  };
  const press = (name: LaneActionName) => {
    const next = panelOf(name);
    if (next) open(next);
    // Whatever opens nothing has no arguments.
    else send({ action: name } as LaneAction);
  };

  const buttons = buttonsOf({ mode: lane.mode, can: lane.can.filter((name) => left(name) !== 0) });
  const asksYesNo = lane.question !== undefined && isYesNo(lane.question.code, t);
  useLayoutEffect(guard.hold, [asksYesNo]);
  return (
    <Taps.Provider value={guard}>
      <section
        class={`lane ${layout} ${isLive ? '' : 'not-live'} ${isSending ? 'sending' : ''}`}
        aria-label={t.laneName(lane.id)}
        data-testid={lane.id}
      >
        <LaneHead lane={lane} hut={hut} sound={useSource(sound)} t={t} />
        <Band look={bandOf(lane, t, isLive)} id={lane.said?.id} />
        {/* Whatever is not certain any more can be neither read as new nor pressed. */}
        <div class="lane-body" inert={!isLive}>
          {asksYesNo ? (
            <QuestionPanel lane={lane} t={t} send={send} />
          ) : panel ? (
            <OpenPanel panel={panel} lane={lane} more={buttons.more} t={t} send={send} open={open} press={press} />
          ) : (
            <>
              {lane.mode === 'packing' ? <BoxScreen lane={lane} hut={hut} t={t} /> : <Stage lane={lane} t={t} />}
              <NextStep lane={lane} t={t} />
              <Row lane={lane} buttons={buttons} left={left} t={t} press={press} more={() => open({ panel: 'more' })} />
            </>
          )}
        </div>
      </section>
    </Taps.Provider>
  );
}

/** The buttons of the commands that are needed most; each has its place, which is empty while it cannot be pressed. */
function Row({
  lane,
  buttons: { row, more: others },
  left,
  t,
  press,
  more,
}: {
  lane: LaneView;
  buttons: Buttons;
  left: (name: string) => number | undefined;
  t: LaneTexts;
  press: (name: LaneActionName) => void;
  more: () => void;
}) {
  return (
    <div class="row" data-testid="row">
      {row.map((name, at) =>
        name ? (
          <TapButton key={name} kind={stepActions.includes(name) ? 'main' : ''} onTap={() => press(name)}>
            {t.action[name]}
            {left(name) !== undefined && <small>{t.seconds(left(name)!)}</small>}
          </TapButton>
        ) : (
          <span key={`none-${at}`} />
        ),
      )}
      {lane.question ? (
        <TapButton kind="plain" onTap={() => press('cancel')}>
          {t.back}
        </TapButton>
      ) : others.length > 0 ? (
        <TapButton kind="plain" onTap={more}>
          {t.more}
        </TapButton>
      ) : (
        <span />
      )}
    </div>
  );
}

/**
 * A panel is about what the lane said before it was opened: the next saying closes it, or `undo` would mean somebody
 * else. A number that is being typed stays, as long as there is a use for it.
 */
function usePanel(lane: LaneView) {
  const [opened, setOpened] = useState<{ readonly panel: Panel; readonly saidId: number | undefined }>();
  const saidId = lane.said?.id;
  const open = (panel: Panel | undefined) => setOpened(panel && { panel, saidId });
  const isCurrent =
    opened && (opened.saidId === saidId || (opened.panel.panel === 'pad' && isWanted(opened.panel, lane)));
  return { panel: isCurrent ? opened.panel : undefined, open };
}

const isWanted = ({ use }: Extract<Panel, { panel: 'pad' }>, { can }: LaneView) =>
  can.includes(use.for === 'id' ? 'manual' : use.for);

/** Seconds until an action is over, counted here: 0 when it is, undefined for an action without an end. */
function useLeft(lane: LaneView, nowMs: number): (name: string) => number | undefined {
  const since = useRef({ lane, atMs: nowMs });
  if (since.current.lane !== lane) since.current = { lane, atMs: nowMs };
  const { atMs } = since.current;
  return (name) => {
    const leftMs = name === 'undo' ? lane.undoLeftMs : name === 'reopen-tube' ? lane.reopenLeftMs : undefined;
    return leftMs === undefined ? undefined : Math.ceil((leftAt(leftMs, atMs, nowMs) ?? 0) / 1_000);
  };
}

/**
 * A sampler at one lane, seen from outside: works the lane's devices, hears what the lane says, looks at the screen for
 * what comes next, and knows which tube is in the hand. When the screen goes dark the sampler looks again as soon as it is
 * back, and goes on from what it shows; nothing is taken for done that was not heard or seen.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../device-drivers/clock.ts';
import type { LaneAction, LaneView, Said } from '../../gateway/contract/lane.ts';
import type { Rack } from '../rack.ts';
import type { Books, Outcome } from './books.ts';
import type { Codes } from './codes.ts';
import { Interrupted, type Page } from './page.ts';
import type { Comer, Identity, Way } from './people.ts';

/** What stands at a lane. The scanner sends AIM identifiers (`symbologyId`). */
export interface CrowdLane {
  readonly id: string;
  readonly scanner: string;
  readonly card: string;
  readonly thermometer: string;
  readonly badge: string;
  readonly pin: string;
}

export interface SamplerParts {
  readonly lane: CrowdLane;
  readonly act: Rack['act'];
  readonly page: Page;
  readonly books: Books;
  readonly codes: Codes;
  readonly clock: Clock;
  /** From the last byte of a scan to the screen's change, milliseconds. */
  readonly took: (scanToScreenMs: number) => void;
}

export interface Sampler {
  signIn(): Promise<void>;
  /** One person, until their outcome is known. */
  sample(comer: Comer, celsius: number | undefined): Promise<void>;
  /** They step back before the swab. */
  takeBack(who: Identity): Promise<void>;
  /** The swab is in the tube, the name was somebody else's. */
  correct(wrong: Identity, right: Comer): Promise<void>;
  /** The tube in hand leaks. Resolves with everybody who was in it. */
  voidTube(who: Identity): Promise<readonly Identity[]>;
  /** Lays a tube that is no longer open aside: after the person, when nothing is taken back any more. */
  layAside(): Promise<void>;
  readonly tubeInHand: string | undefined;
  /** Packs these tubes into a box, seals it and gives it to the courier. */
  packBox(tubes: readonly string[]): Promise<void>;
  closeTube(): Promise<void>;
  closeSession(): Promise<void>;
}

/** A hut that is well answers far sooner, also on a busy machine; a card takes its time. */
const answerWithinMs = 15_000;
/** Longer than the hut's own filter: the same code again is a new scan. */
const repeatMs = 2_600;
const triesMax = 60;
/** A reader that is asked every 300 ms sees a card lifted when it was gone twice; no hand is faster. */
const cardAwayMs = 1_000;

type Placed = Extract<Outcome, { what: 'sampled' }>;

export function createSampler({ lane, act, page, books, codes, clock, took }: SamplerParts): Sampler {
  /** How often the screen had gone dark when the work at hand began. */
  let breaks = 0;
  /** Opened or not. */
  let tubeInHand: string | undefined;
  let lastCard: { readonly person: string; readonly liftedMs: number } | undefined;
  const look = (): LaneView => page.view(lane.id);

  async function ask(device: string, work: () => Promise<unknown>): Promise<{ said: Said; tookMs: number }> {
    await page.ready(device);
    // Questions, modes and temperatures do not outlive a restart.
    if (page.breaks !== breaks) throw new Interrupted('the screen was dark in between');
    const answer = page.answer(lane.id, answerWithinMs);
    // Seen when it is awaited, below: the work may fail first.
    answer.catch(() => {});
    const startMs = clock.monotonicMs();
    await work();
    const { said, atMs } = await answer;
    return { said, tookMs: atMs - startMs };
  }
  async function scan(text: string, symbology?: string): Promise<Said> {
    const { said, tookMs } = await ask(lane.scanner, () =>
      act(lane.scanner, 'scan', { text, ...(symbology !== undefined && { symbology }) }),
    );
    took(tookMs);
    // The same command to the next person, faster than a hand: heard as one pull of the trigger.
    if (said.code !== 'same-code' || !text.startsWith('HUTGATE:')) return said;
    await pause(repeatMs);
    return scan(text, symbology);
  }
  const tap = async (action: LaneAction) => (await ask(lane.scanner, () => page.act(lane.id, action))).said;

  async function show(way: Way): Promise<Said> {
    if (way.how === 'scan') return scan(way.text, way.symbology);
    if (way.how === 'typed') return tap({ action: 'manual', idType: way.idType, idNumber: way.idNumber });
    if (lastCard?.person === way.person) await pause(Math.max(0, lastCard.liftedMs + cardAwayMs - clock.monotonicMs()));
    try {
      return (await ask(lane.card, () => act(lane.card, 'present', { person: way.person }))).said;
    } finally {
      await act(lane.card, 'lift');
      lastCard = { person: way.person, liftedMs: clock.monotonicMs() };
    }
  }

  /** Goes on after each interruption, from the beginning of `work`, which looks first at what is done already. */
  async function steadily<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      await page.ready(lane.scanner);
      breaks = page.breaks;
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Interrupted) || tries >= triesMax) throw error;
      }
    }
  }

  /** The tube in hand and the screen: whether it was opened, and whether it is full by now and laid aside. */
  function lookUp(): void {
    const { tube } = look();
    const isUsed = tubeInHand !== undefined && books.isOpened(tubeInHand);
    if (tube && isUsed && tube.code !== tubeInHand)
      books.odd(`${lane.id} shows tube ${tube.code}, and ${tubeInHand} is in the hand`);
    if (tube) {
      tubeInHand = tube.code;
      books.tubeOpened(tube.code);
    } else if (isUsed) tubeInHand = undefined;
  }

  /** Does what the screen asks for until the next person can step up. */
  async function becomeReady(): Promise<void> {
    for (let steps = 0; steps < triesMax; steps += 1) {
      lookUp();
      const view = look();
      switch (view.next.step) {
        case 'scan-person':
        case 'measure':
          return;
        case 'scan-tube':
        case 'scan-single-tube':
          await openTube();
          break;
        case 'confirm-tube':
          await scan(tubeInHand!);
          break;
        case 'sign-in':
        case 'enter-pin':
          await signIn();
          break;
        case 'resume':
          await scan('HUTGATE:RESUME');
          break;
        default:
          // Left over by what was interrupted: a question of which nobody knows the answer any more, or the box.
          await scan(view.question ? 'HUTGATE:NO' : 'HUTGATE:SAMPLE');
      }
    }
    throw new Error(`${lane.id} is not ready after ${triesMax} steps: ${look().next.step}`);
  }

  async function openTube(): Promise<void> {
    tubeInHand ??= codes.nextTube();
    let said = await scan(tubeInHand);
    if (said.code === 'close-and-open' || said.code === 'replace-empty-tube') said = await scan('HUTGATE:YES');
    if (said.code === 'tube-code-used') tubeInHand = undefined;
    else lookUp();
  }

  /** The one in hand is closed, or put away empty. */
  async function openSingleTube(): Promise<void> {
    await scan('HUTGATE:SINGLE');
    tubeInHand = codes.nextTube();
    await openTube();
  }

  async function signIn(): Promise<void> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      await act(lane.scanner, 'scan', { text: lane.badge });
      for (let asked = 0; asked < 20; asked += 1) {
        if (await page.signIn(lane.id, lane.pin)) return page.watch();
        await pause(100);
      }
    }
    throw new Error(`nobody could sign in on ${lane.id}`);
  }

  async function sample(comer: Comer, celsius: number | undefined): Promise<void> {
    await steadily(async () => {
      await becomeReady();
      let isMeasured = celsius === undefined;
      let at = 0;
      for (let tries = 0; tries < triesMax; tries += 1) {
        if (!isMeasured) {
          await ask(lane.thermometer, () => act(lane.thermometer, 'measure', { celsius }));
          isMeasured = true;
        }
        const before = tubeInHand;
        const heard = await hear(comer, await show(comer.ways[at]!), before);
        if (heard === 'ended') return;
        if (heard === 'other-way') at = Math.min(at + 1, comer.ways.length - 1);
        await becomeReady();
      }
      throw new Error(`${lane.id}: a person was shown ${triesMax} times and not taken`);
    });
  }

  async function hear(
    { identity }: Comer,
    said: Said,
    tube: string | undefined,
  ): Promise<'ended' | 'again' | 'other-way'> {
    const known = books.outcome(identity);
    const ended = (outcome: Outcome) => {
      books.ended(identity, outcome);
      return 'ended' as const;
    };
    const { values } = said;
    switch (said.code) {
      case 'person-added':
      case 'tube-full':
        if (known?.what === 'sampled') books.odd(`${lane.id}: somebody was sampled twice`);
        return ended({ what: 'sampled', tube: tube!, slot: Number(values.slot) });
      case 'person-excluded':
        return ended({ what: 'excluded' });
      case 'person-diverted':
        return ended({ what: 'diverted' });
      case 'person-in-this-tube':
        return known?.what === 'sampled' ? 'ended' : ended({ what: 'sampled', tube: tube!, slot: Number(values.slot) });
      case 'sampled-earlier': {
        const earlier = books.tubeWithTail(String(values.tube));
        await scan('HUTGATE:NO');
        if (known?.what === 'sampled') return 'ended';
        // The screen went dark over the last one of a full tube: it is recorded, so the swab goes there.
        if (earlier === undefined)
          books.odd(`${lane.id}: somebody is in a tube ${String(values.tube)} that was never here`);
        return ended({ what: 'sampled', tube: earlier ?? String(values.tube), slot: undefined });
      }
      case 'person-elsewhere':
        // At the other lane right now: they end there.
        return 'ended';
      case 'unknown-code':
        return 'other-way';
      case 'needs-single-tube':
        await openSingleTube();
        return 'again';
      case 'same-code':
        if (known) return 'ended';
        await pause(repeatMs);
        return 'again';
      case 'scan-tube-first':
      case 'confirm-tube-first':
      case 'answer-first':
      case 'not-now':
      case 'lane-paused':
      case 'not-recorded':
        return 'again';
      default:
        books.odd(`${lane.id} said ${said.code} to a person`);
        return 'again';
    }
  }

  /** How many the screen shows in this tube; undefined: it is not the one in hand any more. */
  function countIn(code: string): number | undefined {
    const { tube, lastTube } = look();
    if (tube?.code === code) return tube.count;
    return lastTube?.code === code ? lastTube.count : undefined;
  }
  const confirmed = async () => {
    const { tube } = look();
    if (tube?.unconfirmed) await scan(tube.code);
  };
  const placeOf = (who: Identity): Placed | undefined => {
    const outcome = books.outcome(who);
    return outcome?.what === 'sampled' ? outcome : undefined;
  };

  async function takeBack(who: Identity): Promise<void> {
    const placed = placeOf(who);
    if (!placed) return;
    const before = books.inTube(placed.tube).length;
    await steadily(async () => {
      await confirmed();
      const now = countIn(placed.tube);
      if (now !== undefined && now < before) return books.ended(who, { what: 'removed' });
      const said = await scan('HUTGATE:UNDO');
      if (said.code === 'person-removed') books.ended(who, { what: 'removed' });
      // Too late, or there is no way back from here: the swab is taken after all.
      else if (said.code !== 'undo-too-late' && said.code !== 'nothing-to-undo')
        books.odd(`${lane.id} said ${said.code} to an undo`);
    });
  }

  async function correct(wrong: Identity, right: Comer): Promise<void> {
    const placed = placeOf(wrong);
    if (!placed) return;
    const corrected = () => {
      books.ended(wrong, { what: 'replaced' });
      books.ended(right.identity, placed);
    };
    await steadily(async () => {
      await confirmed();
      if (look().question) await scan('HUTGATE:NO');
      const asked = await scan('HUTGATE:CORRECT');
      // Their tube is not in the hand any more.
      if (asked.code === 'nothing-to-undo') return;
      if (asked.code !== 'correct-who') return books.odd(`${lane.id} said ${asked.code} to a correction`);
      const said = await show(right.ways[0]!);
      if (said.code === 'person-corrected') return corrected();
      await scan('HUTGATE:NO');
      // It was recorded while the screen was dark.
      if (said.code === 'person-in-this-tube') return corrected();
      books.odd(`${lane.id} said ${said.code} to a corrected person`);
    });
  }

  async function voidTube(who: Identity): Promise<readonly Identity[]> {
    const placed = placeOf(who);
    if (!placed) return [];
    let isAnswered = false;
    return steadily(async () => {
      if (countIn(placed.tube) === undefined) return isAnswered ? leaked(placed.tube) : [];
      let said = await scan('HUTGATE:VOID:LEAKED');
      if (said.code === 'void-which-tube') said = await scan(placed.tube);
      if (said.code === 'void-tube') {
        isAnswered = true;
        said = await scan('HUTGATE:YES');
      }
      if (said.code === 'tube-voided') return leaked(placed.tube);
      books.odd(`${lane.id} said ${said.code} to a leaking tube`);
      return [];
    });
  }
  function leaked(code: string): readonly Identity[] {
    if (tubeInHand === code) tubeInHand = undefined;
    return books.tubeVoided(code);
  }

  async function packBox(tubes: readonly string[]): Promise<void> {
    const code = codes.nextBox();
    const seal = codes.nextSeal();
    const box = books.box(code);
    await steadily(async () => {
      await confirmed();
      if (look().question) await scan('HUTGATE:NO');
      if (look().mode !== 'packing') await scan('HUTGATE:PACK');
      const begun = await scan(code);
      if (begun.code !== 'box-is-gone') {
        if (begun.code !== 'box-is-sealed') await fill(box.tubes, tubes, seal);
        box.state = 'sealed';
        await giveAway(code, box.tubes.size);
      }
      box.state = 'handed-over';
      await scan('HUTGATE:SAMPLE');
    });
  }
  async function fill(inBox: Set<string>, tubes: readonly string[], seal: string): Promise<void> {
    for (const tube of tubes) {
      const { code } = await scan(tube);
      if (code === 'tube-packed' || code === 'tube-is-packed') inBox.add(tube);
      else books.odd(`${lane.id} said ${code} to tube ${tube} and its box`);
    }
    await scan('HUTGATE:SEAL');
    for (const tube of inBox) await scan(tube);
    const { code } = await scan(seal);
    if (code !== 'box-sealed') books.odd(`${lane.id} said ${code} to a seal`);
  }
  async function giveAway(box: string, tubes: number): Promise<void> {
    const asked = await scan('HUTGATE:HAND-OVER');
    if (asked.code === 'hand-over-which-box') await scan(box);
    await scan(codes.courier);
    const { code } = await tap({ action: 'count', count: tubes });
    if (code !== 'box-handed-over') books.odd(`${lane.id} said ${code} to a courier`);
  }

  const closeTube = () =>
    steadily(async () => {
      await confirmed();
      if (look().question) await scan('HUTGATE:NO');
      lookUp();
      const { tube } = look();
      if (!tube) return;
      const { code } = await scan(tube.count > 0 ? 'HUTGATE:CLOSE-TUBE' : 'HUTGATE:VOID:UNUSED');
      if (code === 'tube-voided') tubeInHand = undefined;
      lookUp();
    });

  const closeSession = () =>
    steadily(async () => {
      if (look().phase === 'signed-out') return;
      if (look().question) await scan('HUTGATE:NO');
      const asked = await scan('HUTGATE:CLOSE-SESSION');
      if (asked.code !== 'close-session') return books.odd(`${lane.id} said ${asked.code} at the end of the shift`);
      await scan('HUTGATE:YES');
    });

  return {
    get tubeInHand() {
      return tubeInHand;
    },
    layAside: () => steadily(async () => lookUp()),
    ...{ signIn, sample, takeBack, correct, voidTube, packBox, closeTube, closeSession },
  };
}

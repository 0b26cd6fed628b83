/** The PIN of whoever's badge was scanned on a lane: big keys, nothing of it on the screen, nothing of it kept. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import type { Problem } from '../shell/ask.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { ProblemLine } from './problem-line.tsx';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
/** As the contract has PINs. */
const digitsMin = 4;
const digitsMax = 12;

export interface PinPadProps {
  readonly lane: string;
  /** undefined: it was right. */
  readonly submit: (pin: string) => Promise<Problem | undefined>;
  /** This badge is locked, whoever tried it. */
  readonly locked?: Problem | undefined;
  /** Typed for a visitor of the demo. */
  readonly typed?: string | undefined;
  readonly t: Catalogue;
}

export function PinPad({ lane, submit, locked, typed, t }: PinPadProps) {
  const [pin, setPin] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>();

  const send = async (digits: string) => {
    setIsAsking(true);
    const answer = await submit(digits);
    setIsAsking(false);
    setPin('');
    setProblem(answer);
  };
  useEffect(() => {
    if (typed !== undefined) send(typed);
  }, [typed]);

  const press = (digit: string) => {
    setProblem(undefined);
    setPin(pin.length < digitsMax ? pin + digit : pin);
  };
  return (
    <section class="pin-pad" aria-label={t.signIn.enterPin}>
      <p class="pin-title">
        <strong>{t.signIn.enterPin}</strong> <span class="quiet">{t.signIn.badgeRead(t.shell.lane(lane))}</span>
      </p>
      <output class="pin-dots" aria-label={t.signIn.typed(pin.length)}>
        {'●'.repeat(pin.length)}
      </output>
      <ProblemLine problem={locked ?? problem} t={t} />
      <div class="pin-keys">
        {keys.map((digit) => (
          <button key={digit} type="button" class="plain" onClick={() => press(digit)}>
            {digit}
          </button>
        ))}
        <button type="button" class="plain" aria-label={t.signIn.deleteDigit} onClick={() => setPin(pin.slice(0, -1))}>
          <Icon name="back" />
        </button>
        <button type="button" class="plain" onClick={() => press('0')}>
          0
        </button>
        <button type="button" class="main" disabled={pin.length < digitsMin || isAsking} onClick={() => send(pin)}>
          {t.signIn.ok}
        </button>
      </div>
    </section>
  );
}

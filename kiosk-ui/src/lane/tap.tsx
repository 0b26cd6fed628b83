/**
 * One tap, one action: with thick gloves a tap bounces, and a panel that opens under the finger must not take the same
 * tap. After a tap nothing is taken for 300 ms, on the whole lane. `click` is the release of the finger.
 */
import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';

const guardMs = 300;

export type TapGuard = (run: () => void) => void;

export function createTapGuard(nowMs: () => number): TapGuard {
  let openAgainAtMs = Number.NEGATIVE_INFINITY;
  return (run) => {
    if (nowMs() < openAgainAtMs) return;
    openAgainAtMs = nowMs() + guardMs;
    run();
  };
}

export const Taps = createContext<TapGuard>((run) => run());

export function TapButton({
  onTap,
  kind = '',
  disabled = false,
  children,
}: {
  onTap: () => void;
  kind?: string;
  disabled?: boolean;
  children: ComponentChildren;
}) {
  const guard = useContext(Taps);
  return (
    <button
      type="button"
      class={`tap ${kind}`}
      disabled={disabled}
      onClick={(event) => {
        // A scanner that types like a keyboard ends with Enter: it must not press the button that was touched last.
        if (event.detail > 0) event.currentTarget.blur();
        guard(onTap);
      }}
    >
      {children}
    </button>
  );
}

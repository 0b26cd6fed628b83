/**
 * One tap, one action: with thick gloves a tap bounces, and what opens under the finger must not take a tap that was
 * meant for something else. After a tap, and after a question has appeared by itself, nothing is taken for 300 ms, on
 * the whole lane. `click` is the release of the finger.
 */
import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';

const guardMs = 300;

export interface TapGuard {
  tap(run: () => void): void;
  /** What is on the screen has just become something else. */
  hold(): void;
}

export function createTapGuard(nowMs: () => number): TapGuard {
  let openAgainAtMs = Number.NEGATIVE_INFINITY;
  const hold = () => {
    openAgainAtMs = nowMs() + guardMs;
  };
  return {
    hold,
    tap: (run) => {
      if (nowMs() < openAgainAtMs) return;
      hold();
      run();
    },
  };
}

export const Taps = createContext<TapGuard>(createTapGuard(() => performance.now()));

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
        guard.tap(onTap);
      }}
    >
      {children}
    </button>
  );
}

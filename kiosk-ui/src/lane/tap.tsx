/** A button of a lane: `click` is the release of the finger, behind the lane's guard against bounces. */
import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createTapGuard, type TapGuard } from './tap-guard.ts';

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

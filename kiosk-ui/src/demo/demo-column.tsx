/** The demo's controls beside whatever screen is shown, or below it on an upright one; out of the way at one tap. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { DemoPanel, type DemoPanelProps } from './demo-panel.tsx';

export interface DemoColumnProps extends DemoPanelProps {
  readonly isDemo: boolean;
  /** Where there is room for it. */
  readonly startsOpen: boolean;
  readonly children: ComponentChildren;
}

export function DemoColumn({ isDemo, startsOpen, children, ...panel }: DemoColumnProps) {
  /** undefined: nobody has said. */
  const [asked, setAsked] = useState<boolean | undefined>();
  const { t } = panel;
  const isOpen = asked ?? (startsOpen && matchMedia('(min-width: 1200px)').matches);
  return (
    <div class={isDemo ? 'stage with-demo' : 'stage'}>
      {children}
      {isDemo && (
        <aside class={isOpen ? 'demo-column open' : 'demo-column'} aria-label={t.demo}>
          <button
            type="button"
            class="demo-toggle"
            aria-expanded={isOpen}
            onClick={() => setAsked(!isOpen)}
            data-testid="demo-toggle"
          >
            <Icon name={isOpen ? 'cross' : 'wrench'} />
            {isOpen ? t.closeDemo : t.demo}
          </button>
          {isOpen && <DemoPanel {...panel} />}
        </aside>
      )}
    </div>
  );
}

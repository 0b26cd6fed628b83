/** The command barcodes on A4, to be laminated: each with its words in both languages. One scan is one press of a button. */
import { type LaneTexts, laneCatalogues } from '../text/lane-catalogue.ts';
import { code128 } from './code128.ts';
import type { CommandCode } from './command-codes.ts';
import type { LaneAction } from './words.ts';
import '../style/lane.css';

/** 10 mil: what every hand scanner reads from 30 cm. All bars on the sheet are of one scale. */
const moduleMm = 0.25;
const barMm = 13;
/** Two of these fit beside each other on A4. */
const halfWidthMm = 92;

export function CommandSheet({ commands, t }: { commands: readonly CommandCode[]; t: LaneTexts }) {
  return (
    <main class="sheet">
      <div class="sheet-head">
        <h1>{t.sheetTitle}</h1>
        <p>{t.sheetHelp}</p>
        <button type="button" class="print" onClick={() => print()}>
          {t.print}
        </button>
      </div>
      <ul class="sheet-codes">
        {commands.map(([code, action]) => (
          <Command key={code} code={code} action={action} />
        ))}
      </ul>
    </main>
  );
}

function Command({ code, action }: { code: string; action: LaneAction }) {
  const { bars, modules } = code128(code);
  const widthMm = modules * moduleMm;
  return (
    <li class={widthMm > halfWidthMm ? 'sheet-code wide' : 'sheet-code'} data-code={code}>
      <p>
        <strong lang="zh-CN">{wordsOf(laneCatalogues['zh-CN'], action)}</strong>{' '}
        <span lang="en">{wordsOf(laneCatalogues.en, action)}</span>
      </p>
      <svg
        style={{ width: `${widthMm}mm`, height: `${barMm}mm` }}
        viewBox={`0 0 ${modules} 1`}
        preserveAspectRatio="none"
        shape-rendering="crispEdges"
        aria-hidden="true"
      >
        <path d={bars.map(({ x, width }) => `M${x} 0h${width}v1h-${width}z`).join('')} fill="#000" />
      </svg>
      <code>{code}</code>
    </li>
  );
}

function wordsOf(t: LaneTexts, action: LaneAction): string {
  const word = t.action[action.action];
  return 'reason' in action ? `${word}: ${t.reason[action.reason]}` : word;
}

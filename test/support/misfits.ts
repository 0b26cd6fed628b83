/** What does not fit on a screen for gloves. */
import type { Page } from 'playwright-core';

/** 20 mm at 96 dpi is 76 pixels; the demo and the sheet are worked with a mouse or a bare finger (WCAG 2.2, 2.5.5). */
const glovePixels = 80;
const fingerPixels = 44;

const find = `((glove, finger) => {
  const root = document.documentElement;
  const misfits = [];
  for (const target of document.querySelectorAll('button, a, input')) {
    const { left, right, width, height } = target.getBoundingClientRect();
    if (width === 0) continue;
    const least = target.closest('.demo, .sheet') ? finger : glove;
    if (Math.min(width, height) < least || left < 0 || right > innerWidth)
      misfits.push([target.textContent, left, right, width, height].join(' '));
  }
  if (root.scrollWidth > innerWidth) misfits.push(root.scrollWidth + ' wide');
  if (root.scrollHeight > innerHeight) misfits.push(root.scrollHeight + ' high');
  return misfits;
})`;

/** One line for whatever can be pressed and is too small or hangs over the side, and for a page larger than its window. */
export const misfits = (page: Page): Promise<string[]> =>
  page.evaluate(`${find}(${glovePixels}, ${fingerPixels})`) as Promise<string[]>;

/**
 * Measures a lane's screen as a sampler in gloves meets it. Runs in the page; each complaint is one line, none is good.
 * Contrast as WCAG 2.2 has it; sizes from workflow: 84 px targets 20 px apart, text of 24 px, a counter of 96.
 */
import type { Page } from 'playwright-core';

const touchPixels = 84;
const gapPixels = 20;
const textPixels = 24;
const counterPixels = 96;
const contrastLeast = 7;

export const laneComplaints = (page: Page): Promise<string[]> =>
  page.evaluate(
    `(${measure})(${JSON.stringify({ touchPixels, gapPixels, textPixels, counterPixels, contrastLeast })})`,
  );

/** Written in JavaScript that the page can run as it stands. */
const measure = String.raw`({ touchPixels, gapPixels, textPixels, counterPixels, contrastLeast }) => {
  const said = [];
  const complain = (element, what) => said.push(what + ': ' + element.className + ' ' + JSON.stringify(element.textContent.slice(0, 40)));
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) said.push('the page scrolls');

  const channels = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const luminance = ({ r, g, b }) =>
    [r, g, b]
      .map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.a === 1) return color;
    }
    return { r: 255, g: 255, b: 255 };
  };

  for (const lane of document.querySelectorAll('.lane')) {
    for (const part of lane.querySelectorAll('.lane-head, .band, .lane-body, .lane-stage, .next, .row, .lane-panel, .panel-body, .pad-keys, .resample, .compare')) {
      const box = part.getBoundingClientRect();
      const parent = part.parentElement.closest('.lane, .lane-body, .lane-stage, .lane-panel').getBoundingClientRect();
      if (box.height > 0 && (box.bottom > parent.bottom + 1 || box.right > parent.right + 1 || box.top < parent.top - 1))
        complain(part, 'out of its place');
    }
    for (const element of lane.querySelectorAll('*')) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
      const box = element.getBoundingClientRect();
      if (!hasText || box.width === 0) continue;
      const style = getComputedStyle(element);
      const [text, ground] = [luminance(channels(style.color)), luminance(groundOf(element))];
      const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
      if (ratio < contrastLeast) complain(element, 'contrast ' + ratio.toFixed(1));
      if (element.closest('.tails, .chips')) continue;
      if (parseFloat(style.fontSize) < textPixels) complain(element, 'text of ' + style.fontSize);
      const place = element.closest('button, .band, .lane-stage, .next, .panel-head, .question-text, .lane-head').getBoundingClientRect();
      if (box.left < place.left - 1 || box.right > place.right + 1 || box.top < place.top - 1 || box.bottom > place.bottom + 1)
        complain(element, 'cut off');
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) complain(element, 'wider than its place');
    }
    const counter = lane.querySelector('.counter:not(.none)');
    if (counter && parseFloat(getComputedStyle(counter).fontSize) < counterPixels) complain(counter, 'small counter');

    const buttons = [...lane.querySelectorAll('button')].map((button) => ({ button, box: button.getBoundingClientRect() }));
    for (const { button, box } of buttons) {
      if (Math.min(box.width, box.height) < touchPixels - 0.5) complain(button, 'target of ' + box.width + ' x ' + box.height);
      if (button.scrollHeight > button.clientHeight + 1 || button.scrollWidth > button.clientWidth + 1) complain(button, 'text does not fit');
    }
    for (const [i, one] of buttons.entries())
      for (const other of buttons.slice(i + 1)) {
        const across = Math.max(one.box.left, other.box.left) - Math.min(one.box.right, other.box.right);
        const down = Math.max(one.box.top, other.box.top) - Math.min(one.box.bottom, other.box.bottom);
        if (Math.max(across, down) < gapPixels - 0.5) complain(one.button, 'too close to ' + other.button.textContent);
      }
  }
  return said;
}`;

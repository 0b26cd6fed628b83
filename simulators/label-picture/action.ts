/** The action `picture` of a simulated printer: the label that came out last, as a person would see it. */
import { z } from 'zod';
import { defineAction, type SimulatorAction } from '../device.ts';
import { drawZpl, type Picture } from './draw.ts';
import type { Translated } from './tspl-to-zpl.ts';

/** The same label is drawn once. */
export function pictureAction(
  lastLabel: () => string | undefined,
  translate: (label: string) => Translated = (zpl) => ({ zpl, notDrawn: [] }),
): SimulatorAction {
  let drawn: { readonly label: string; readonly picture: Promise<Picture> } | undefined;

  async function draw(label: string): Promise<Picture> {
    const { zpl, notDrawn } = translate(label);
    const { png, note } = await drawZpl(zpl);
    const notes = [note, notDrawn.length > 0 ? `not drawn: ${notDrawn.join(', ')}` : undefined].filter(Boolean);
    return notes.length === 0 ? { png } : { png, note: notes.join('; ') };
  }

  return defineAction({
    describe: 'Draw the label that was printed last: { png (base64), note? }',
    args: z.strictObject({}),
    run() {
      const label = lastLabel();
      if (label === undefined) throw new Error('nothing has been printed yet');
      if (drawn?.label !== label) drawn = { label, picture: draw(label) };
      return drawn.picture;
    },
  });
}

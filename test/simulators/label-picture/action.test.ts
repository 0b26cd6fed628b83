import { expect, test } from 'vitest';
import { pictureAction } from '../../../simulators/label-picture/action.ts';
import { tsplToZpl } from '../../../simulators/label-picture/tspl-to-zpl.ts';

test('draws what was printed last, the same label once, and names what it cannot draw', async () => {
  let last: string | undefined;
  const { run } = pictureAction(() => last, tsplToZpl);
  expect(() => run({})).toThrow('nothing has been printed yet');
  last = 'SIZE 20 mm,10 mm\r\nCLS\r\nBAR 8,8,100,4\r\nPDF417 1,1,2,2,0,"a"';
  const picture = run({});
  expect(run({})).toBe(picture);
  expect(await picture).toEqual({ png: expect.stringMatching(/^iVBORw0KGgo/), note: 'not drawn: PDF417' });
  last = 'CLS\r\nBAR 8,8,50,4';
  expect(run({})).not.toBe(picture);
});

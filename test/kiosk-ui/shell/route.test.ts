import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf, parseRoute, type Route } from '../../../kiosk-ui/src/shell/route.ts';

const routes: readonly Route[] = [
  { screen: 'home' },
  { screen: 'choose' },
  { screen: 'lane', lane: 'lane-1' },
  { screen: 'lanes' },
  { screen: 'public', lane: 'lane-2' },
  { screen: 'technician' },
  { screen: 'sheet' },
  { screen: 'demo' },
];

test.each(routes)('$screen has an address that leads to it', (route) => {
  expect(parseRoute(hashOf(route))).toEqual(route);
});

test('whatever else stands behind # is the home screen', () => {
  for (const hash of ['', '#', '#/', '#/nothing', '#/lane/', '#/lane/A B', '#/technician/x', '#/lane/lane-1/x'])
    expect(parseRoute(hash), hash).toEqual({ screen: 'home' });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const route = parseRoute(`#${text}`);
      expect(parseRoute(hashOf(route))).toEqual(route);
    }),
  );
});

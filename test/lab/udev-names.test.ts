/** The names that are computed where no udev runs, compared with those that udev itself makes of real kernel devices. */
import { expect, test } from 'vitest';
import { findAttached } from '../../device-drivers/discovery/found.ts';
import { thisMachine } from '../../device-drivers/discovery/sysfs.ts';
import { plugged, serialRack, socketOf } from './lab.ts';

test('by-path of every adapter, by-id where udev made the link for it', async () => {
  for (const id of socketOf.keys()) {
    await serialRack().plug(id);
    await plugged(id);
  }
  const adapters = (await findAttached(thisMachine)).filter((found) => found.bus === 'serial' && found.usb);
  expect(adapters).toHaveLength(socketOf.size);
  for (const adapter of adapters) {
    if (adapter.bus !== 'serial') continue;
    expect(adapter.pathLinks).toContain(adapter.byPath);
    // Of two with one serial number only one has the link.
    if (adapter.idLinks.length > 0) expect(adapter.idLinks).toEqual([adapter.byId]);
  }
});

/**
 * A simulated device's end of a wire in this process, where the kernel cannot lend a virtual device (HID without
 * `/dev/uhid`), and the way from `at: sim:ID` to it for a gateway in the same process.
 */
import type { Clock } from '../device-drivers/clock.ts';
import type { Link, LinkEvents, OpenLink } from '../device-drivers/link.ts';
import { createMemoryPort } from '../device-drivers/transport/memory.ts';
import type { Rack } from './rack.ts';

export interface SimPort {
  open(events: LinkEvents): Promise<Link>;
  /** Rejects when no link is open. */
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (chunk: Uint8Array) => void): void;
  close(): Promise<void>;
}

export function createSimPort(clock: Clock, reportDescriptor?: Uint8Array): SimPort {
  const port = createMemoryPort(clock, reportDescriptor);
  return {
    open: port.open,
    async write(bytes) {
      if (!port.device.send(bytes)) throw new Error('nobody has opened the simulated device');
    },
    onData: port.device.onData,
    close: async () => port.device.unplug(),
  };
}

type IsPresent = (address: Parameters<OpenLink>[0]) => Promise<string | false | undefined>;

/** What a gateway in the rack's process opens its links with: `sim:` addresses go to the rack, all others where they went. */
export function withSimulated(rack: Pick<Rack, 'open' | 'plugs'>, links: { openLink: OpenLink; isPresent: IsPresent }) {
  const openLink: OpenLink = (address, line, events) =>
    address.scheme === 'sim' ? rack.open(address.target, events) : links.openLink(address, line, events);
  const isPresent: IsPresent = async (address) => {
    if (address.scheme !== 'sim') return links.isPresent(address);
    const plugs = rack.plugs(address.target);
    return plugs === undefined ? false : String(plugs);
  };
  return { openLink, isPresent };
}

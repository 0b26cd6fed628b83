/**
 * One line for several devices, as on an RS-485 adapter (Modbus over Serial Line V1.02, section 2.1: one master, and one
 * exchange at a time). The first that opens it opens the port, the last that closes it closes the port, and what the port
 * suffers they all suffer. One at a time has the turn and speaks; it hears what comes until another takes the turn, so
 * that nobody takes another's answer for noise.
 */
import type { Link, LinkEvents, OpenLink } from '../link.ts';

interface SharedLine {
  join(events: LinkEvents): Promise<Link>;
  /** Resolves when the port is free again; undefined while it is in use. */
  closing(): Promise<void> | undefined;
}

/** For addresses that several devices have; UART settings are those of the first that opens. */
export function sharedLines(openLink: OpenLink): OpenLink {
  const lines = new Map<string, SharedLine>();
  return async (address, settings, events) => {
    const key = `${address.scheme}:${address.target}`;
    for (let closing = lines.get(key)?.closing(); closing; closing = lines.get(key)?.closing()) await closing;
    let line = lines.get(key);
    if (!line) {
      line = sharedLine(
        (events) => openLink(address, settings, events),
        () => lines.delete(key),
      );
      lines.set(key, line);
    }
    return line.join(events);
  };
}

/** `gone` is called once: the port could not be opened, or is closed. */
function sharedLine(open: (events: LinkEvents) => Promise<Link>, gone: () => void): SharedLine {
  const members = new Set<LinkEvents>();
  const waiting = new Map<LinkEvents, () => void>();
  let speaks: LinkEvents | undefined;
  let hears: LinkEvents | undefined;
  let closing: Promise<void> | undefined;

  const opening = open({
    data: (chunk) => hears?.data(chunk),
    closed(reason) {
      gone();
      waiting.clear();
      for (const member of members) leave(member, reason);
    },
  });
  opening.catch(gone);

  const grant = (member: LinkEvents, granted: () => void) => {
    waiting.delete(member);
    speaks = member;
    hears = member;
    granted();
  };
  const endTurn = (member: LinkEvents) => {
    waiting.delete(member);
    if (speaks !== member) return;
    speaks = undefined;
    const [next] = waiting;
    if (next) grant(...next);
  };
  const leave = (member: LinkEvents, reason: string) => {
    if (!members.delete(member)) return;
    if (hears === member) hears = undefined;
    endTurn(member);
    member.closed(reason);
  };

  return {
    closing: () => closing,
    async join(member) {
      members.add(member);
      const link = await opening;
      return {
        write: link.write,
        turns: {
          take(granted) {
            if (!members.has(member)) return;
            if (speaks) waiting.set(member, granted);
            else grant(member, granted);
          },
          end: () => endTurn(member),
        },
        // A device that speaks only when it is asked needs no holding back, and the others are to go on.
        pause() {},
        resume() {},
        async close() {
          if (members.size > 1) leave(member, 'closed by us');
          else if (members.has(member)) closing ??= link.close();
          await closing;
        },
      };
    },
  };
}

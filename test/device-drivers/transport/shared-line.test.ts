import { beforeEach, describe, expect, test } from 'vitest';
import { type Link, LinkLost, type OpenLink } from '../../../device-drivers/link.ts';
import { createMemoryPort, type MemoryPort } from '../../../device-drivers/transport/memory.ts';
import { sharedLines } from '../../../device-drivers/transport/shared-line.ts';

const at = { scheme: 'serial', target: '/dev/ttyUSB0' } as const;
const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;

let port: MemoryPort;
let opened: number;
let open: OpenLink;

beforeEach(() => {
  port = createMemoryPort();
  opened = 0;
  open = sharedLines((_address, _line, events) => {
    opened += 1;
    return port.open(events);
  });
});

async function join(address = at) {
  const said: string[] = [];
  const link: Link = await open(address, line, {
    data: (chunk) => said.push(Buffer.from(chunk).toString()),
    closed: (reason) => said.push(`closed: ${reason}`),
  });
  return { link, said, take: () => link.turns!.take(() => said.push('my turn')), end: () => link.turns!.end() };
}
const say = (text: string) => port.device.send(Buffer.from(text));

describe('a line that is shared', () => {
  test('is opened once and closed with the last one, and then opened anew', async () => {
    const [a, b] = await Promise.all([join(), join()]);
    expect(opened).toBe(1);
    await a.link.close();
    expect([a.said, b.said]).toEqual([['closed: closed by us'], []]);
    const closing = b.link.close();
    const c = await join();
    await closing;
    expect([b.said, opened]).toEqual([['closed: closed by us'], 2]);
    expect([await a.link.close(), c.said]).toEqual([undefined, []]);
  });

  test('other addresses have ports of their own', async () => {
    await join();
    await expect(join({ ...at, target: '/dev/ttyUSB1' } as never)).rejects.toMatchObject({ why: 'busy' });
    expect(opened).toBe(2);
  });

  test('a port that cannot be opened is no port for anybody, and tried again the next time', async () => {
    port.device.unplug();
    const tries = await Promise.allSettled([join(), join()]);
    expect(tries.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    port.device.plug();
    await expect(join()).resolves.toBeDefined();
    expect(opened).toBe(2);
  });

  test('a plug pulled out is told to each of them once', async () => {
    const [a, b] = [await join(), await join()];
    a.take();
    b.take();
    port.device.unplug('the port went away');
    const closed = 'closed: the port went away';
    expect([a.said, b.said]).toEqual([['my turn', closed], [closed]]);
    await expect(a.link.write(Buffer.from('x'), 100)).rejects.toThrow(LinkLost);
    await a.link.close();
    a.take();
    expect(a.said).toHaveLength(2);
  });
});

describe('turns', () => {
  test('go round in the order they were asked for, and who has it hears', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    say('to nobody');
    for (const one of [a, b, c]) one.take();
    say('1');
    a.end();
    say('2');
    b.end();
    c.end();
    // Nobody has asked anything since: what comes late is for the last who did.
    say('3');
    expect([a.said, b.said, c.said]).toEqual([
      ['my turn', '1'],
      ['my turn', '2'],
      ['my turn', '3'],
    ]);
  });

  test('who waits no longer gets none; ending twice gives away nothing of others', async () => {
    const [a, b, c] = [await join(), await join(), await join()];
    for (const one of [a, b, c]) one.take();
    b.end();
    a.end();
    a.end();
    say('x');
    expect([a.said, b.said, c.said]).toEqual([['my turn'], [], ['my turn', 'x']]);
  });

  test('who closes in the middle of its turn gives it on', async () => {
    const [a, b] = [await join(), await join()];
    a.take();
    b.take();
    await a.link.close();
    say('x');
    expect([a.said, b.said]).toEqual([
      ['my turn', 'closed: closed by us'],
      ['my turn', 'x'],
    ]);
  });
});

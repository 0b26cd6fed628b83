/**
 * The other end of a scanner with the Simple Serial Interface: sends packets, waits for the acknowledgement and repeats
 * twice, as the SE-955 manual says (table 10-5), then gives error beeps. It sleeps, and only a byte 00 wakes it.
 */
import iconv from 'iconv-lite';
import { z } from 'zod';
import { ssiFraming, ssiPacket, ssiSource } from '../../device-drivers/wire/ssi.ts';
import { defineAction, defineSimulator, type SimulatorAction } from '../device.ts';

const options = z.strictObject({
  ackWithinMs: z.int().min(50).max(10_000).default(2_000),
  /** After so much silence the first byte that comes is lost. */
  sleepsAfterMs: z.int().min(0).max(60_000).default(1_000),
  suffix: z.enum(['none', 'CR', 'CRLF']).default('none'),
  revision: z.string().max(60).default('CAAABS00-001-R00 00 01 04'),
  /** Opcodes (hex) that this model does not know. */
  unknown: z.array(z.string().regex(/^[0-9A-F]{2}$/)).default([]),
});
const scan = z.strictObject({
  text: z.string().min(1).max(4_000),
  /** SSI code type: 3 is Code 128, 28 QR, 27 Data Matrix. */
  type: z.int().min(0).max(255).default(3),
  encoding: z.enum(['utf8', 'gb18030']).default('utf8'),
});
const times = z.strictObject({ times: z.int().min(1).max(1_000).default(1) });

const suffixes: ReadonlyMap<string, string> = new Map([
  ['none', ''],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
]);
const resendsMax = 2;
/** Of a part: the type takes one byte of the packet. */
const partBytesMax = 250;
const retransmit = 0x01;
const more = 0x02;

export const scannerSsi = defineSimulator<z.infer<typeof options>>({
  name: 'scanner-ssi',
  describe: 'Barcode scanner with the Zebra Simple Serial Interface',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create(settings, { clock, send }) {
    let powered = true;
    let scans = 0;
    let transmitErrors = 0;
    let beeps: number[] = [];
    let reading = false;
    const parameters = new Map<number, number>();
    let acksToLose = 0;
    let toSpoil = 0;
    let awakeUntilMs = -1;
    let framing = ssiFraming(ssiSource.host);
    let cancelStall = () => {};
    /** Packets of the code that is being sent; the first one waits for its acknowledgement. */
    let outgoing: { readonly data: Uint8Array; readonly status: number }[] = [];
    let resends = 0;
    let cancelWait = () => {};

    const transmit = (opcode: number, data?: Uint8Array, status?: number) => {
      const bytes = ssiPacket(ssiSource.scanner, opcode, data, status);
      if (toSpoil > 0) {
        toSpoil -= 1;
        bytes[bytes.length - 1]! ^= 0x01;
      }
      send(bytes);
    };
    const sendFirst = () => {
      const [part] = outgoing;
      cancelWait();
      if (!part || !powered) return;
      // It does not sleep while it waits for the host.
      awakeUntilMs = clock.monotonicMs() + settings.ackWithinMs + settings.sleepsAfterMs;
      transmit(0xf3, part.data, part.status | (resends > 0 ? retransmit : 0));
      cancelWait = clock.after(settings.ackWithinMs, () => {
        if (resends++ < resendsMax) sendFirst();
        else {
          transmitErrors += 1;
          outgoing = [];
        }
      });
    };
    const acknowledged = () => {
      if (outgoing.length === 0) return;
      if (acksToLose > 0) {
        acksToLose -= 1;
        return;
      }
      outgoing.shift();
      resends = 0;
      sendFirst();
    };

    const obey = ({ opcode, data }: { opcode: number; data: Uint8Array }) => {
      if (settings.unknown.includes(opcode.toString(16).toUpperCase().padStart(2, '0')))
        return transmit(0xd1, Uint8Array.of(0x02));
      switch (opcode) {
        case 0xd0:
          return acknowledged();
        case 0xd1:
          return sendFirst();
        case 0xa3:
          return transmit(0xa4, Buffer.from(settings.revision, 'latin1'));
        case 0xc6: {
          const [, parameter, value] = data;
          if (parameter === undefined || value === undefined) return transmit(0xd1, Uint8Array.of(0x06));
          parameters.set(parameter, value);
          return transmit(0xd0);
        }
        case 0xe4:
        case 0xe5:
          reading = opcode === 0xe4;
          return transmit(0xd0);
        case 0xe6:
          if (data[0] === undefined || data[0] > 26) return transmit(0xd1, Uint8Array.of(0x06));
          beeps.push(data[0]);
          return transmit(0xd0);
        default:
          return transmit(0xd1, Uint8Array.of(0x02));
      }
    };
    const take = (found: ReturnType<typeof framing.push>) => {
      for (const item of found) {
        if ('frame' in item) obey(item.frame);
        else if (item.why === 'check') transmit(0xd1, Uint8Array.of(0x01));
      }
      cancelStall();
      // A length byte bent upwards must not swallow the acknowledgements that follow.
      if (framing.heldBytes > 0) cancelStall = clock.after(framing.idle!.afterMs, () => take(framing.flush()));
    };
    const reset = () => {
      cancelWait();
      cancelStall();
      outgoing = [];
      resends = 0;
      framing = ssiFraming(ssiSource.host);
      awakeUntilMs = -1;
      reading = false;
    };

    const actions: [string, SimulatorAction][] = [
      [
        'scan',
        defineAction<z.infer<typeof scan>>({
          describe: 'Scan a code',
          args: scan,
          run({ text, type, encoding }) {
            if (!powered) throw new Error('the scanner has no power');
            if (outgoing.length > 0) throw new Error('the scanner still waits for the host');
            const bytes = iconv.encode(text + suffixes.get(settings.suffix), encoding);
            for (let at = 0; at < bytes.length; at += partBytesMax) {
              const data = Buffer.concat([Uint8Array.of(type), bytes.subarray(at, at + partBytesMax)]);
              outgoing.push({ data, status: at + partBytesMax < bytes.length ? more : 0 });
            }
            scans += 1;
            resends = 0;
            sendFirst();
          },
        }),
      ],
      [
        'lose-acks',
        defineAction<z.infer<typeof times>>({
          describe: 'The next acknowledgements of the host are not heard',
          args: times,
          run({ times }) {
            acksToLose = times;
          },
        }),
      ],
      [
        'spoil',
        defineAction<z.infer<typeof times>>({
          describe: 'The next packets go out with a wrong checksum',
          args: times,
          run({ times }) {
            toSpoil = times;
          },
        }),
      ],
    ];
    return {
      receive(chunk) {
        if (!powered || chunk.length === 0) return;
        const nowMs = clock.monotonicMs();
        const heard = settings.sleepsAfterMs > 0 && nowMs >= awakeUntilMs ? chunk.subarray(1) : chunk;
        awakeUntilMs = nowMs + settings.sleepsAfterMs;
        take(framing.push(heard));
      },
      actions: new Map(actions),
      state: () => ({ powered, scans, transmitErrors, beeps, reading, parameters: Object.fromEntries(parameters) }),
      power(on) {
        powered = on;
        reset();
        beeps = on ? [] : beeps;
        parameters.clear();
      },
      stop: reset,
    };
  },
});

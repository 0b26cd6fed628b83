/**
 * TEMPer thermometer sticks (PCsensor) on USB HID: 8-byte reports without an id, a question and its answers. Which bytes are
 * what depends on the firmware, whose name comes in two reports; table, questions and quirks by ccwienk/temper (temper.py) and
 * its issues. The sticks have two interfaces: 0 is a keyboard, the data is on 1 (`hid:413d:2107#1`). They heat themselves by
 * some degrees: no proof for a 2 to 8 °C box.
 */
import { z } from 'zod';
import {
  type Conversation,
  defineDriver,
  emit,
  flush,
  type Identified,
  type Reading,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { hidReports } from '../wire/hid-reports.ts';

type Report = Uint8Array;

const reportBytes = 8;
/** 0, the id of reports without one, and the report. */
const firmwareQuestion = Uint8Array.of(0, 0x01, 0x86, 0xff, 0x01, 0, 0, 0, 0);
const valueQuestion = Uint8Array.of(0, 0x01, 0x80, 0x33, 0x01, 0, 0, 0, 0);
/** First byte of every answer to the value question. */
const echo = 0x80;
/** Between the reports of one answer. */
const moreWithinMs = 200;
/** Nobody is known to send more than two. */
const answerReportsMax = 4;
const firmwareBytes = 16;
const firmwareAttempts = 10;

/** What a value of 16 bits stands for. */
type Scale = (raw: number) => number;
const signed = (raw: number) => (raw << 16) >> 16;
const hundredths: Scale = (raw) => signed(raw) / 100;
const two56ths: Scale = (raw) => signed(raw) / 256;
/** SHT20 data sheet, section 6; the stick sends its registers shifted right. */
const sht20Celsius: Scale = (raw) => -46.85 + (175.72 * (raw << 2)) / 65_536;
const sht20Percent: Scale = (raw) => -6 + (125 * (raw << 4)) / 65_536;

/** A sensor: where its value stands, counted over all reports of the answer; reports are 8 bytes. */
interface Sensor {
  readonly celsiusAt: number;
  readonly celsius: Scale;
  readonly percentAt?: number;
  readonly percent?: Scale;
}

const inner: Sensor = { celsiusAt: 2, celsius: hundredths };
const outer: Sensor = { celsiusAt: 10, celsius: hundredths };
const innerHumid: Sensor = { ...inner, percentAt: 4, percent: hundredths };
const outerHumid: Sensor = { ...outer, percentAt: 12, percent: hundredths };
const inner256: Sensor = { celsiusAt: 2, celsius: two56ths };
const outer256: Sensor = { celsiusAt: 4, celsius: two56ths };
const sht20: Sensor = { celsiusAt: 2, celsius: sht20Celsius, percentAt: 4, percent: sht20Percent };

/** By the beginning of the firmware's name. */
const firmwares: ReadonlyMap<string, readonly Sensor[]> = new Map([
  ['TEMPerF1.2', [inner256]],
  ['TEMPerF1.4', [inner256]],
  ['TEMPer1F1.', [inner256]],
  ['TEMPer1F_H1V1.5F', [sht20]],
  ['TEMPer2_M12_V1.3', [inner256, outer256]],
  ['TEMPerGold_V3.1', [inner]],
  ['TEMPerGold_V3.3', [inner]],
  ['TEMPerGold_V3.4', [inner]],
  ['TEMPerGold_V3.5', [inner]],
  ['TEMPer1F_V3.9', [inner]],
  ['TEMPer1F_V4.1', [inner]],
  ['TEMPerX_V3.1', [innerHumid, outerHumid]],
  ['TEMPerX_V3.3', [innerHumid, outerHumid]],
  ['TEMPer2_V3.7', [inner, outer]],
  ['TEMPer2_V3.9', [inner, outer]],
  ['TEMPer2_V4.1', [inner, outer]],
  ['TEMPerHUM_V3.8', [innerHumid]],
  ['TEMPerHUM_V3.9', [innerHumid]],
  ['TEMPerHUM_V4.1', [innerHumid]],
]);

/** No sensor: 20000 in newer firmware, all ones in older. */
const absentValues: ReadonlySet<number> = new Set([0x4e20, 0xffff]);
const celsiusMin = -60;
const celsiusMax = 130;

const options = z.strictObject({
  pollMs: z.int().min(500).max(3_600_000).default(10_000).describe('Time from one measurement to the next'),
  replyWithinMs: z.int().min(50).max(5_000).default(1_000).describe('Time the stick has to answer'),
  attempts: z.int().min(1).max(10).default(3).describe('Questions without an answer before the stick counts as gone'),
});

export const probeTemper = defineDriver<z.infer<typeof options>, Report>({
  name: 'probe-temper',
  kind: 'temperature-probe',
  describe: 'TEMPer USB thermometer sticks (PCsensor)',
  transports: ['hid', 'sim'],
  options,
  faults: ['wrong-device', 'sensor-absent'],
  session({ pollMs, replyWithinMs, attempts }) {
    let sensors: readonly Sensor[] = [];

    /** All reports of one answer; none when there was none in time. */
    function* ask(question: Uint8Array): Conversation<Report, Report[]> {
      yield* flush();
      yield* send(question);
      const reports: Report[] = [];
      for (let withinMs = replyWithinMs; reports.length < answerReportsMax; withinMs = moreWithinMs) {
        const report = yield* receive<Report>(withinMs);
        if (!report) break;
        reports.push(report);
      }
      return reports;
    }

    function* askFirmware(): Conversation<Report, string | undefined> {
      let silences = 0;
      for (let attempt = 0; attempt < firmwareAttempts && silences < attempts; attempt++) {
        const reports = yield* ask(firmwareQuestion);
        const name = firmwareName(reports);
        if (name !== undefined) return name;
        if (reports.length === 0) silences += 1;
      }
      return undefined;
    }

    const noReply: Fault = { code: 'no-reply', detail: `${attempts} questions` };

    return {
      framing: hidReports(reportBytes),
      *identify(): Conversation<Report, Identified> {
        const firmware = yield* askFirmware();
        if (firmware === undefined) {
          return { fault: { code: 'no-reply', detail: 'no firmware name; its data is on interface 1' } };
        }
        const [model, found] = [...firmwares].find(([prefix]) => firmware.startsWith(prefix)) ?? [];
        if (!model || !found) {
          return { fault: { code: 'wrong-device', detail: `firmware ${firmware} is not in the table of this driver` } };
        }
        sensors = found;
        return { identity: { model, firmware } };
      },
      cycle: {
        everyMs: pollMs,
        *run(): Conversation<Report, Fault | undefined> {
          for (let attempt = 0; attempt < attempts; attempt++) {
            const answer = Buffer.concat(yield* ask(valueQuestion));
            if (answer[0] !== echo) continue;
            const absent: string[] = [];
            for (const [index, sensor] of sensors.entries()) {
              const reading = readingOf(sensor, answer, sensors.length > 1 ? index + 1 : undefined);
              yield* emit({ reading });
              if (reading.celsius === null) absent.push(sensors.length > 1 ? `channel ${index + 1}` : 'no value');
            }
            yield* emit({ condition: absent.length > 0 ? { code: 'sensor-absent', detail: absent.join(', ') } : null });
            return undefined;
          }
          return noReply;
        },
      },
    };
  },
});

/** Two reports of 8 printable characters, filled up with spaces or zeros; anything else is no name. */
function firmwareName(reports: readonly Report[]): string | undefined {
  const bytes = Buffer.concat(reports.slice(0, firmwareBytes / reportBytes));
  if (bytes.length < firmwareBytes) return undefined;
  const name = bytes.toString('latin1').replace(/[ \0]+$/, '');
  return /^[\x20-\x7e]+$/.test(name) ? name : undefined;
}

function readingOf(sensor: Sensor, answer: Buffer, channel: number | undefined): Reading & { type: 'temperature' } {
  const raw = valueAt(answer, sensor.celsiusAt);
  const celsius = raw === undefined ? undefined : rounded(sensor.celsius(raw));
  const isUsable = celsius !== undefined && celsius >= celsiusMin && celsius <= celsiusMax;
  const rawPercent = sensor.percentAt === undefined ? undefined : valueAt(answer, sensor.percentAt);
  const percent = rawPercent === undefined ? undefined : rounded(sensor.percent!(rawPercent));
  return {
    type: 'temperature',
    celsius: isUsable ? celsius : null,
    ...(channel !== undefined && { channel }),
    ...(isUsable && percent !== undefined && percent >= 0 && percent <= 100 && { humidity: percent }),
    quality: isUsable ? 'ok' : 'invalid',
    ...(raw !== undefined && { raw }),
  };
}

/** Undefined when no sensor is there, or the report that has it did not come. */
function valueAt(answer: Buffer, at: number): number | undefined {
  if (answer.length < at + 2) return undefined;
  const raw = answer.readUInt16BE(at);
  return absentValues.has(raw) ? undefined : raw;
}

/** 1/256 degrees take four digits. */
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/** What a reader does is tested with `id-sam`; here is what the reports around it add. */
import { describe, expect, test } from 'vitest';
import { idSamHid } from '../../../device-drivers/drivers/id-sam-hid.ts';
import { idSamHid as simulator } from '../../../simulators/devices/id-sam-hid.ts';
import { connect, type Rig, type RigOptions } from '../../support/converse.ts';
import { commands, residentReading, samIdPrinted } from '../../vectors/id-sam.ts';
import { find, readAnswerReports } from '../../vectors/id-sam-hid.ts';

const quick = { findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] };
const rig = (more: Partial<RigOptions> = {}): Rig =>
  connect({ driver: idSamHid, simulator, simulatorOptions: quick, ...more });

describe('id-sam-hid', () => {
  test('identifies the reader by its SAM id', () => {
    const r = rig();
    expect(r.converse(r.session.identify!())).toEqual({ identity: { serial: samIdPrinted } });
    expect(r.sent.map((report) => report.length)).toEqual([65, 65]);
  });

  test('asks for a card with the report of the vector, and reads one over 24 reports', () => {
    let reports = 0;
    const r = rig({
      wire(report) {
        reports += 1;
        expect(report).toHaveLength(64);
        return [report];
      },
    });
    r.act('present');
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    expect(r.sent.map((report) => report[0])).toEqual([0, 0, 0]);
    expect(r.sent[0]!.subarray(1)).toEqual(find);
    // find and select answer with one each.
    expect(reports).toBe(readAnswerReports + 2);
  });

  test.each([0, 1, 12, 23])(
    'report %i of a card lost: nothing is made up, and the card is read at the next try',
    (lost) => {
      let report = -3;
      const r = rig({ wire: (bytes) => (++report === lost ? [] : [bytes]) });
      r.act('present');
      for (let cycle = 0; cycle < 4; cycle++) r.cycle();
      expect(r.outputs).toEqual([{ reading: residentReading }]);
    },
  );

  test('a report with a flipped bit is given up as a whole', () => {
    let report = -3;
    const r = rig({
      wire(bytes) {
        if (++report === 5) bytes[20]! ^= 4;
        return [bytes];
      },
    });
    r.act('present');
    for (let cycle = 0; cycle < 4; cycle++) r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    expect(r.discarded.get('check')).toBe(64);
  });

  test('pulled out in the middle of a card it ends, and has sent nothing more', () => {
    let report = -3;
    const r: Rig = rig({
      wire(bytes) {
        if (++report === 5) r.unplug();
        return report < 5 ? [bytes] : [];
      },
    });
    r.act('present');
    expect(() => r.cycle()).toThrow('unplugged');
    expect(r.outputs).toEqual([]);
    expect(r.sent).toHaveLength(3);
    expect(Buffer.from(r.sent[2]!).includes(Buffer.from(commands.read))).toBe(true);
  });
});

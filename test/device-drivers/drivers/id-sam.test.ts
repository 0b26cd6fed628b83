import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../../device-drivers/driver.ts';
import { idSam, idTypeOf } from '../../../device-drivers/drivers/id-sam.ts';
import { LinkLost } from '../../../device-drivers/link.ts';
import { samFrame } from '../../../device-drivers/wire/sam.ts';
import { idSam as simulator } from '../../../simulators/devices/id-sam.ts';
import { cardText, findPerson, type Person } from '../../../simulators/people.ts';
import { connect, type Rig, type RigOptions } from '../../support/converse.ts';
import { answers, commands, longTermReading, residentReading, samIdPrinted } from '../../vectors/id-sam.ts';

const at = { findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] };
const rig = (simulatorOptions: object = {}, more: Partial<RigOptions> = {}): Rig =>
  connect({ driver: idSam, simulator, simulatorOptions: { ...at, ...simulatorOptions }, ...more });
const cycles = (r: Rig, n: number) => Array.from({ length: n }, () => r.cycle());
const identify = (r: Rig) => r.converse(r.session.identify!() as Conversation<never, unknown>);
const readingsOf = (r: Rig) => r.outputs.filter((output) => 'reading' in output);
const sentTimes = (r: Rig, command: Uint8Array) =>
  r.sent.filter((bytes) => Buffer.compare(bytes, command) === 0).length;

/** What the driver makes of a card with this text: the reader's answer is put together by hand. */
function outputsFor(text: Uint8Array, textBytes = 256) {
  const data = Buffer.concat([Uint8Array.of(textBytes >> 8, textBytes & 0xff, 4, 0), text, Buffer.alloc(1024)]);
  const answer = samFrame(Buffer.concat([Uint8Array.of(0, 0, 0x90), data]));
  const r = rig({}, { wire: (bytes) => [bytes.length > 1000 ? answer : bytes] });
  r.act('present');
  r.cycle();
  return r.outputs;
}
const textWith = (person: Person, offset: number, value: string) => {
  const text = Buffer.from(cardText(person));
  text.write(value, offset, 'utf16le');
  return text;
};
const resident = findPerson('zhang-san')!;

describe('identification', () => {
  test('gives the SAM id as printed on the module', () => {
    const r = rig();
    expect(identify(r)).toEqual({ identity: { serial: samIdPrinted } });
    expect(r.sent).toEqual([commands.status, commands.samId]);
  });

  test('a reader without SAM id is known all the same', () => {
    const r = rig();
    r.act('fail', { sw3: '21', on: 'sam-id' });
    expect(identify(r)).toEqual({ identity: {} });
  });

  test('a SAM id that is cut short is no SAM id', () => {
    const short = samFrame(Uint8Array.of(0, 0, 0x90, 5, 0, 1, 0));
    const r = rig({}, { wire: (bytes) => [bytes.length > 20 ? short : bytes] });
    expect(identify(r)).toEqual({ identity: {} });
  });

  test('silence is no reply, after the second asking', () => {
    const r = rig();
    r.act('distort', { how: 'silence', times: 100 });
    expect(identify(r)).toEqual({ fault: { code: 'no-reply' } });
    expect(r.sent).toEqual([commands.status, commands.status]);
  });

  test('a failed self-test is cured by a reset, or is a fault', () => {
    const cured = rig();
    cured.act('fail', { sw3: '60', on: 'status' });
    expect(identify(cured)).toHaveProperty('identity');
    expect(sentTimes(cured, commands.reset)).toBe(1);
    const broken = rig();
    broken.act('fail', { sw3: '60', times: 100 });
    expect(identify(broken)).toEqual({ fault: { code: 'reader-self-test-failed' } });
  });

  test.each([
    ['66', { code: 'reader-unauthorised' }],
    ['21', { code: 'reader-refuses-command', detail: 'status: SW3 21' }],
  ])('status %s is a fault', (sw3, fault) => {
    const r = rig();
    r.act('fail', { sw3, times: 100 });
    expect(identify(r)).toEqual({ fault });
  });

  test('a link lost in the middle ends the conversation with it', () => {
    const r = rig();
    r.unplug();
    expect(() => identify(r)).toThrow(LinkLost);
  });
});

describe('the four cards', () => {
  test.each([
    ['zhang-san', residentReading],
    ['ouyang-long-term', longTermReading],
    [
      'permit-hong-kong',
      { idType: '06', name: '陳測試', idNumber: '810000199408230021', birthDate: '1994-08-23', checkDigitOk: true },
    ],
    [
      'permit-taiwan',
      { idType: '07', name: '林測試', idNumber: '830000199201300022', birthDate: '1992-01-30', checkDigitOk: true },
    ],
    [
      'foreign-2017',
      {
        idType: '08',
        name: 'SHILI, CESHI UTOPIA',
        idNumber: 'UTO410199900307',
        birthDate: '1990-03-07',
        nationality: 'UTO',
      },
    ],
    [
      'foreign-2023',
      {
        idType: '08',
        name: 'SPECIMEN, ANNA MARIA VERY LONG NAME OF ONE',
        idNumber: '911124198108030024',
        birthDate: '1981-08-03',
        nationality: 'CAN',
        checkDigitOk: true,
      },
    ],
  ])('%s', (person, expected) => {
    const r = rig();
    r.act('present', { person });
    r.cycle();
    expect(r.outputs).toEqual([{ reading: { type: 'identity', source: 'card', validTo: '2040-01-01', ...expected } }]);
    expect(r.sent).toEqual([commands.find, commands.select, commands.read]);
  });

  test.each([
    [answers.residentCard, residentReading],
    [answers.longTermCard, longTermReading],
  ])('the golden card %# is read as it was composed', (frame, reading) => {
    const r = rig({}, { wire: (bytes) => [bytes.length > 1000 ? frame : bytes] });
    r.act('present');
    r.cycle();
    expect(r.outputs).toEqual([{ reading }]);
  });

  test('the first digits of a permit tell its type', () => {
    const permit = (idNumber: string) => idTypeOf({ layout: 'permit', idNumber });
    expect([permit('81'), permit('82'), permit('83'), permit('41')]).toEqual(['06', '06', '07', '99']);
  });

  test('fingerprints cannot be asked for', () => {
    expect(idSam.options.safeParse({ fingerprint: true }).success).toBe(false);
  });

  test('neither photo, address, ethnicity nor issuer come out', () => {
    const r = rig();
    r.act('present', { person: 'ouyang-long-term' });
    r.cycle();
    expect(Object.keys(readingsOf(r)[0]!.reading).sort()).toEqual(
      ['birthDate', 'checkDigitOk', 'idNumber', 'idType', 'name', 'source', 'type', 'validTo'].sort(),
    );
  });

  test('the answer is wiped once it is decoded', () => {
    const r = rig();
    r.act('present');
    const body = answers.residentCard.slice(7, -1);
    const cycle = r.session.cycle!.run();
    let turn = cycle.next();
    for (const reply of [answers.found.slice(7, -1), answers.selected.slice(7, -1), body]) {
      while (!turn.done && turn.value.step !== 'receive') turn = cycle.next();
      turn = cycle.next(reply);
    }
    expect(turn.value).toMatchObject({ step: 'emit' });
    expect(body.every((byte) => byte === 0)).toBe(true);
  });
});

describe('what is wrong on a card', () => {
  test('a wrong check digit is told with the reading', () => {
    expect(outputsFor(textWith(resident, 122, '410199199003070019'))).toEqual([
      { reading: { ...residentReading, idNumber: '410199199003070019', checkDigitOk: false } },
    ]);
  });

  test.each([
    ['no name', 0, ' '.repeat(15), 0],
    ['a control character in the name', 0, '张\x1b', 2],
    ['half a surrogate pair in the name', 0, '张三\ud840', 4],
    ['a day that does not exist', 36, '19900231', 36],
    ['no birth date', 36, ' '.repeat(8), 36],
    ['letters in the number', 122, '41019919900307OO18', 122],
    ['an unknown kind of card', 248, 'Q', 248],
    ['a name of an object as kind of card', 248, 'constructor'.slice(0, 1), 248],
  ])('%s: a fault that names the byte', (_, offset, value, badByte) => {
    expect(outputsFor(textWith(resident, offset, value))).toEqual([
      { fault: { code: 'card-unreadable', detail: `text byte ${badByte}` } },
    ]);
  });

  test('a text of another length', () => {
    expect(outputsFor(cardText(resident), 255)).toEqual([
      { fault: { code: 'card-unreadable', detail: 'text byte 0' } },
    ]);
  });

  test('zeros as padding, private-use characters and a missing end of validity are no fault', () => {
    const text = textWith(resident, 0, `张\ue123${'\0'.repeat(13)}`);
    text.write('\0'.repeat(8), 204, 'utf16le');
    text.write('\0', 248, 'utf16le');
    const { validTo: _, ...without } = residentReading;
    expect(outputsFor(text)).toEqual([{ reading: { ...without, name: '张\ue123' } }]);
  });

  test('characters beyond the basic plane are read', () => {
    expect(outputsFor(textWith(resident, 0, '张𠀀'))).toEqual([{ reading: { ...residentReading, name: '张𠀀' } }]);
  });

  test('an end of validity that is no date is left out', () => {
    const { validTo: _, ...without } = residentReading;
    expect(outputsFor(textWith(resident, 204, '20401340'))).toEqual([{ reading: without }]);
  });
});

describe('one reading per presentation', () => {
  test.each(['80', '9F'])('while a read card stays, answered by %s', (staysAs) => {
    const r = rig({ staysAs });
    r.act('present');
    cycles(r, 100);
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    // Where it is found again it is looked whether it is still the same one.
    if (staysAs === '80') expect(sentTimes(r, commands.read)).toBe(1);
    else expect(sentTimes(r, commands.read)).toBeGreaterThan(10);
  });

  test('a card that flickers on the antenna is no new presentation', () => {
    const r = rig({ staysAs: '9F' });
    r.act('present');
    for (let i = 0; i < 20; i++) {
      r.cycle();
      r.act('fail', { sw3: '80', on: 'find' });
      r.cycle();
    }
    expect(r.outputs).toEqual([{ reading: residentReading }]);
  });

  test('the same card again within the window is a repeat, after it a reading', () => {
    const r = rig();
    const present = () => {
      r.act('present');
      r.cycle();
      r.act('lift');
      cycles(r, 2);
    };
    present();
    present();
    r.idle(4_000);
    present();
    r.idle(5_000);
    present();
    const reading = { reading: residentReading };
    expect(r.outputs).toEqual([reading, { repeat: 'identity' }, { repeat: 'identity' }, reading]);
  });

  test.each(['80', '9F'])('another card, found as %s: at once after the lift', (staysAs) => {
    const r = rig({ staysAs });
    r.act('present', { person: 'crowd-1' });
    r.cycle();
    r.act('lift');
    cycles(r, 2);
    r.act('present', { person: 'crowd-2' });
    r.cycle();
    expect(readingsOf(r)).toHaveLength(2);
  });

  test.each(['80', '9F'])(
    'another card, found as %s, laid down faster than two looks: a little later, once',
    (staysAs) => {
      const r = rig({ staysAs });
      r.act('present', { person: 'crowd-1' });
      r.cycle();
      r.act('lift');
      r.act('present', { person: 'crowd-2' });
      r.cycle();
      expect(readingsOf(r)).toHaveLength(1);
      r.idle(1_500);
      cycles(r, 20);
      expect(r.outputs).toHaveLength(2);
      expect(readingsOf(r)).toHaveLength(2);
    },
  );

  test('another card that cannot be read does not undo the one that was', () => {
    const r = rig({ staysAs: '9F' });
    r.act('present', { person: 'crowd-1' });
    r.cycle();
    r.act('fail', { sw3: '41', on: 'read', times: 5 });
    r.act('present', { person: 'crowd-2' });
    cycles(r, 40);
    expect(readingsOf(r)).toHaveLength(2);
    expect(r.outputs).toHaveLength(2);
  });

  test('with otherCardLookMs: 0 a card that stays is left alone', () => {
    const r = rig({ staysAs: '9F' }, { options: { otherCardLookMs: 0 } });
    r.act('present');
    cycles(r, 100);
    expect(sentTimes(r, commands.read)).toBe(1);
  });
});

describe('what the reader answers', () => {
  const giveUp = (code: string, detail: string) => [{ fault: { code, detail } }];
  test.each<[string, string, unknown[]]>([
    ['31', 'select', giveUp('card-not-authenticated', 'select: SW3 31')],
    ['32', 'select', giveUp('card-not-authenticated', 'select: SW3 32')],
    ['33', 'read', giveUp('card-not-authenticated', 'read: SW3 33')],
    ['40', 'find', giveUp('card-wrong-type', 'find: SW3 40')],
    ['40', 'select', giveUp('card-wrong-type', 'select: SW3 40')],
    ['41', 'read', giveUp('card-read-failed', 'read: SW3 41')],
    ['91', 'read', giveUp('card-read-failed', 'read: SW3 91')],
    ['10', 'read', giveUp('reader-refuses-command', 'read: SW3 10')],
    ['11', 'select', giveUp('reader-refuses-command', 'select: SW3 11')],
    ['21', 'select', giveUp('reader-refuses-command', 'select: SW3 21')],
    ['23', 'read', giveUp('reader-refuses-command', 'read: SW3 23')],
    ['4e', 'read', giveUp('reader-refuses-command', 'read: SW3 4e')],
    ['81', 'select', giveUp('card-read-failed', 'select: SW3 81')],
    ['24', 'select', giveUp('card-read-failed', 'select: SW3 24')],
    ['47', 'select', giveUp('card-read-failed', 'select: SW3 47')],
    ['80', 'read', giveUp('card-read-failed', 'read: SW3 80')],
  ])('%s to %s: one fault, then the card is left alone until it is lifted', (sw3, on, expected) => {
    const r = rig();
    r.act('present');
    r.act('fail', { sw3, on, times: 1000 });
    expect(cycles(r, 10).every((result) => result === undefined)).toBe(true);
    expect(r.outputs).toEqual(expected);

    r.act('fail', { sw3, on: 'reset' });
    cycles(r, 3);
    expect(r.outputs).toHaveLength(1);
    r.act('lift');
    cycles(r, 2);
    r.act('present');
    r.cycle();
    expect(r.outputs).toEqual([...expected, { reading: residentReading }]);
  });

  test.each(['81', '24', '47'])('a passing %s to select only costs a round', (sw3) => {
    const r = rig();
    r.act('present');
    r.act('fail', { sw3, on: 'select', times: 4 });
    cycles(r, 5);
    expect(r.outputs).toEqual([{ reading: residentReading }]);
  });

  test('a failed read is tried again five times', () => {
    const r = rig();
    r.act('present');
    r.act('fail', { sw3: '41', on: 'read', times: 5 });
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    expect(sentTimes(r, commands.read)).toBe(6);
  });

  test.each(['10', '11'])('%s once: the command is sent again', (sw3) => {
    const r = rig();
    r.act('present');
    r.act('fail', { sw3, on: 'read' });
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    expect(sentTimes(r, commands.read)).toBe(2);
  });

  test.each(['10', '21', '23', '24', '47', '90'])('find refused with %s for good ends the connection', (sw3) => {
    const r = rig();
    r.act('fail', { sw3, on: 'find', times: 1000 });
    const results = cycles(r, 10);
    expect(results.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(results.find((result) => result !== undefined)).toMatchObject({ code: 'reader-refuses-command' });
  });

  test('66 ends the connection', () => {
    const r = rig();
    r.act('fail', { sw3: '66', on: 'find' });
    expect(r.cycle()).toEqual({ code: 'reader-unauthorised' });
  });

  test('60 is answered with a reset; only if that does not help, the connection ends', () => {
    const r = rig();
    r.act('fail', { sw3: '60', on: 'find' });
    expect(r.cycle()).toBeUndefined();
    expect(sentTimes(r, commands.reset)).toBe(1);
    r.act('fail', { sw3: '60', times: 1000 });
    expect(r.cycle()).toEqual({ code: 'reader-self-test-failed' });
  });

  test('SW1 and SW2 do not matter', () => {
    const withSw12 = (bytes: Uint8Array) => {
      const body = bytes.slice(7, -1);
      body.set([0x6a, 0x82]);
      return [samFrame(body)];
    };
    const r = rig({}, { wire: withSw12 });
    r.act('present');
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
  });
});

describe('a bad line', () => {
  test.each(['wrong-check', 'truncated', 'silence'])('%s once: asked again', (how) => {
    for (const on of ['find', 'select', 'read']) {
      const r = rig();
      r.act('present');
      r.act('distort', { how, on });
      // A select asked again is refused with 81, so that the card is found anew.
      cycles(r, 2);
      expect(r.outputs).toEqual([{ reading: residentReading }]);
    }
  });

  test.each(['80', '9F'])('an answer lost twice: the card is read while it lies there, found as %s', (staysAs) => {
    const r = rig({ staysAs });
    r.act('present');
    r.act('distort', { how: 'truncated', on: 'read', times: 2 });
    cycles(r, 10);
    expect(r.outputs).toEqual([{ reading: residentReading }]);
  });

  test('an answer lost each time: one fault, and the next card is read', () => {
    const r = rig();
    r.act('present');
    r.act('distort', { how: 'wrong-check', on: 'read', times: 1000 });
    cycles(r, 20);
    expect(r.outputs).toEqual([{ fault: { code: 'card-read-failed', detail: 'read: no answer' } }]);
    r.act('distort', { how: 'silence', on: 'reset' });
    r.act('lift');
    cycles(r, 2);
    r.act('present');
    r.cycle();
    expect(r.outputs.slice(1)).toEqual([{ reading: residentReading }]);
  });

  test('an answer lost twice and the card lifted: a fault says so, and the next card is read at once', () => {
    const r = rig();
    r.act('present');
    r.act('distort', { how: 'truncated', on: 'read', times: 2 });
    r.cycle();
    r.act('lift');
    cycles(r, 1);
    expect(r.outputs).toEqual([{ fault: { code: 'card-read-failed', detail: 'read: SW3 41' } }]);
    r.act('present');
    r.cycle();
    expect(r.outputs.slice(1)).toEqual([{ reading: residentReading }]);
  });

  test.each(['garbage-before', 'extra-aa'])('%s does no harm', (how) => {
    const r = rig();
    r.act('present');
    r.act('distort', { how, times: 100 });
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    expect(sentTimes(r, commands.read)).toBe(1);
  });

  test('byte by byte, behind a mebibyte of noise', () => {
    const noise = new Uint8Array(1 << 20).map((_, i) => (i * 2654435761) >>> 11);
    let first = true;
    const r = rig(
      {},
      {
        wire: (bytes) => {
          const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
          if (!first) return single;
          first = false;
          return [noise, ...single];
        },
      },
    );
    r.act('present');
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
  });

  test('three silences in a row: the status is asked, and an answer makes it good', () => {
    const r = rig();
    r.act('distort', { how: 'silence', times: 3, on: 'find' });
    expect(cycles(r, 3)).toEqual([undefined, undefined, undefined]);
    expect(sentTimes(r, commands.status)).toBe(1);
    r.act('present');
    r.cycle();
    expect(readingsOf(r)).toHaveLength(1);
  });

  test('three silences and no status: the reader is gone', () => {
    const r = rig();
    r.act('distort', { how: 'silence', times: 1000 });
    expect(cycles(r, 2)).toEqual([undefined, { code: 'no-reply' }]);
    expect(r.sent.map((bytes) => bytes[7])).toEqual([0x20, 0x20, 0x20, 0x11, 0x11]);
  });

  test('an answer that comes after its command was given up is not taken for the next one', () => {
    // Each answer to find comes twice, the second time behind the select that follows.
    let late: Uint8Array | undefined;
    const r = rig(
      {},
      {
        wire: (bytes) => {
          const [before] = [late];
          late = bytes[9] === 0x9f ? bytes.slice() : undefined;
          return before ? [before, bytes] : [bytes];
        },
      },
    );
    r.act('present');
    r.cycle();
    expect(r.outputs).toEqual([{ reading: residentReading }]);
    expect(r.sent).toEqual([commands.find, commands.select, commands.read]);
  });

  test('no fault quotes the card', () => {
    const outputs = [
      ...outputsFor(textWith(resident, 36, '19900231')),
      ...outputsFor(textWith(resident, 122, '41019919900307OO18')),
    ];
    for (const secret of ['张三', '410199', '1990']) expect(JSON.stringify(outputs)).not.toContain(secret);
  });
});

/**
 * People who do not exist, and the text on their cards. Numbers are of the unassigned county 410199 and pass their check
 * digit; a few are the specimen numbers of the standards. The encoder is this side's own: it shares no offset with the
 * driver's decoder. Layouts by GA/T 490 and public reader SDKs: UTF-16LE, 256 bytes, padded with spaces, flag at byte 248.
 */
import { idCheckCharacter } from '../device-drivers/wire/id-number.ts';

export type CardKind = 'resident' | 'permit' | 'foreign-2017' | 'foreign-2023';

export interface Person {
  /** What a person at the simulator calls this card. */
  readonly id: string;
  readonly card: CardKind;
  readonly name: string;
  /** On foreigners' cards, beside the English name. */
  readonly chineseName?: string;
  /** GB/T 2261.1: 1 male, 2 female. */
  readonly sex: '1' | '2';
  /** GB/T 3304 */
  readonly ethnicity?: string;
  /** YYYYMMDD */
  readonly birth: string;
  readonly address?: string;
  readonly idNumber: string;
  readonly issuer?: string;
  /** YYYYMMDD */
  readonly validFrom: string;
  /** YYYYMMDD or 长期 */
  readonly validTo: string;
  /** Number and issue count of the travel permit behind a residence permit. */
  readonly pass?: { readonly number: string; readonly issue: string };
  /** GB/T 2659, three letters. */
  readonly nationality?: string;
}

const resident = { card: 'resident', ethnicity: '01', issuer: '郑州市公安局测试分局' } as const;
const years = { validFrom: '20200101', validTo: '20400101' } as const;

export const people: readonly Person[] = [
  {
    ...resident,
    ...years,
    id: 'zhang-san',
    name: '张三',
    sex: '1',
    birth: '19900307',
    address: '河南省郑州市金水区测试路1号',
    idNumber: '410199199003070018',
  },
  {
    ...resident,
    id: 'ouyang-long-term',
    name: '欧阳测试',
    sex: '2',
    ethnicity: '03',
    birth: '19491231',
    address: '北京市朝阳区测试大街2号院',
    idNumber: '11010519491231002X',
    issuer: '北京市公安局测试分局',
    validFrom: '20100101',
    validTo: '长期',
  },
  {
    ...years,
    id: 'permit-hong-kong',
    card: 'permit',
    name: '陳測試',
    sex: '2',
    birth: '19940823',
    address: '河南省郑州市二七区测试路3号',
    idNumber: '810000199408230021',
    issuer: '郑州市公安局',
    pass: { number: 'H00000001', issue: '01' },
  },
  {
    ...years,
    id: 'permit-taiwan',
    card: 'permit',
    name: '林測試',
    sex: '2',
    birth: '19920130',
    address: '河南省郑州市中原区测试路4号',
    idNumber: '830000199201300022',
    issuer: '郑州市公安局',
    pass: { number: '00000002', issue: '02' },
  },
  {
    ...years,
    id: 'foreign-2017',
    card: 'foreign-2017',
    name: 'SHILI, CESHI UTOPIA',
    chineseName: '测试',
    sex: '1',
    birth: '19900307',
    idNumber: 'UTO410199900307',
    nationality: 'UTO',
  },
  {
    ...years,
    id: 'foreign-2023',
    card: 'foreign-2023',
    name: 'SPECIMEN, ANNA MARIA VERY LONG NAME OF ONE',
    chineseName: '安娜',
    sex: '2',
    birth: '19810803',
    idNumber: '911124198108030024',
    nationality: 'CAN',
  },
];

const familyNames = [...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗'];
const givenNames = [...'一二三四五六七八九十甲乙丙丁戊己庚辛壬癸'];

/** The n-th of a crowd of residents (n from 0): always the same for the same n, different in number up to 4 million. */
export function crowdPerson(n: number): Person {
  const day = new Date(Date.UTC(1960, 0, 1 + (n % 10_000)));
  const birth = day.toISOString().slice(0, 10).replaceAll('-', '');
  const digits = `410199${birth}${String(Math.floor(n / 10_000) % 1000).padStart(3, '0')}`;
  return {
    ...resident,
    ...years,
    id: `crowd-${n}`,
    name: `${familyNames[n % 20]}${givenNames[Math.floor(n / 20) % 20]}${givenNames[Math.floor(n / 400) % 20]}`,
    sex: Number(digits[16]) % 2 === 1 ? '1' : '2',
    birth,
    address: '河南省郑州市金水区测试路1号',
    idNumber: digits + idCheckCharacter(digits),
  };
}

/** A person by id (one of `people`, or `crowd-N`), or the first one with that kind of card. */
export function findPerson(id: string): Person | undefined {
  const crowd = /^crowd-(\d{1,7})$/.exec(id);
  return crowd ? crowdPerson(Number(crowd[1])) : people.find((person) => person.id === id || person.card === id);
}

export const cardTextBytes = 256;

/** The card's text file. Throws RangeError when a field does not fit. */
export function cardText(person: Person): Uint8Array {
  const text = Buffer.alloc(cardTextBytes, ' ', 'utf16le');
  const put = (at: number, bytes: number, value = '') => {
    if (value.length * 2 > bytes) throw new RangeError(`the field at byte ${at} holds ${bytes / 2} characters`);
    text.write(value, at, 'utf16le');
  };
  const { validFrom, validTo, birth, sex, name, idNumber } = person;
  put(188, 16, validFrom);
  put(204, 16, validTo);
  if (person.card === 'foreign-2017') {
    put(0, 120, name);
    put(120, 2, sex);
    put(122, 30, idNumber);
    put(152, 6, person.nationality);
    put(158, 30, person.chineseName);
    put(220, 16, birth);
    put(236, 4, '01');
    put(240, 8, '4101');
    put(248, 2, 'I');
    return text;
  }
  put(30, 2, sex);
  put(36, 16, birth);
  put(122, 36, idNumber);
  if (person.card === 'foreign-2023') {
    put(0, 30, person.chineseName);
    put(32, 4, '01');
    put(52, 70, name.slice(0, 35));
    put(220, 22, name.slice(35));
    put(242, 6, person.nationality);
    put(248, 2, 'Y');
    return text;
  }
  put(0, 30, name);
  put(52, 70, person.address);
  put(158, 30, person.issuer);
  if (person.card === 'resident') put(32, 4, person.ethnicity);
  else {
    put(220, 18, person.pass?.number);
    put(238, 4, person.pass?.issue);
    put(248, 2, 'J');
  }
  return text;
}

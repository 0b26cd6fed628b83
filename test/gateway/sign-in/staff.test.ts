/** The staff file: what is wrong is named by place and key and never repeated; a change keeps the rest of the text and the rights. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { formatProblem } from '../../../config/problem.ts';
import { edited, editStaff, StaffUnfit, staffIn } from '../../../gateway/sign-in/edit-staff.ts';
import { nobodysHash } from '../../../gateway/sign-in/secret-hash.ts';
import { readStaff } from '../../../gateway/sign-in/staff.ts';

const hash = nobodysHash;
const isBadge = (text: string) => /^OP\d{6}$/.test(text);
const sampler = (id: string, badge: string) => ({ id, badge, role: 'sampler' as const, hash });
const technician = { id: 'tech-1', role: 'technician' as const, hash };

const problemsOf = (text: string) => {
  const read = readStaff(text, 'staff.yaml', isBadge);
  return 'problems' in read ? read.problems.map(formatProblem) : [];
};

describe('a staff file', () => {
  test('is YAML or JSON', () => {
    const yaml = `# night shift\nstaff:\n  - { id: op-001, badge: OP000001, role: sampler, hash: "${hash}" }\n`;
    for (const text of [yaml, JSON.stringify({ staff: [sampler('op-001', 'OP000001'), technician] })]) {
      const read = readStaff(text, 'staff.yaml', isBadge);
      if (!('staff' in read)) throw new Error(read.problems.map(formatProblem).join('\n'));
      expect(read.staff.withBadge('OP000001')?.id).toBe('op-001');
      expect(read.staff.withId('op-001')?.role).toBe('sampler');
      expect(read.staff.withId('constructor')).toBeUndefined();
    }
  });

  test('names the entry and the key of everything that is wrong, all at once', () => {
    const text = `staff:
  - { id: Zhang San, badge: OP000001, role: sampler, hash: "${hash}" }
  - { id: op-002, badge: OP000002, role: boss, hash: "${hash}" }
  - { id: op-003, badge: OP000003, role: sampler, hash: "hunter2" }
  - { id: op-004, badge: OP000004, role: sampler, hash: "${hash}", name: Li Si }
  - { id: op-005, badge: "", role: sampler }
`;
    const problems = problemsOf(text);
    expect(problems.map((line) => line.split(': ')[0])).toEqual([
      'staff.yaml:2:11 staff[0].id',
      'staff.yaml:3:42 staff[1].role',
      'staff.yaml:4:57 staff[2].hash',
      expect.stringMatching(/^staff.yaml:5:\d+ staff\[3\].name$/),
      'staff.yaml:6:5 staff[4].hash',
      'staff.yaml:6:26 staff[4].badge',
    ]);
    expect(problems.join('\n')).not.toMatch(/Zhang|Li Si|hunter2|boss/);
  });

  test('has each id and badge once, badges that can be scanned, and one for each sampler', () => {
    const staff = [
      sampler('op-001', 'OP000001'),
      sampler('op-001', 'OP000002'),
      sampler('op-003', 'OP000001'),
      sampler('op-004', 'T0000000001'),
      { ...technician, role: 'sampler' },
    ];
    expect(problemsOf(JSON.stringify({ staff })).map((line) => line.replace(/^\S+ /, ''))).toEqual([
      expect.stringContaining('staff[1].id: is the id of an earlier entry'),
      expect.stringContaining('staff[2].badge: is the badge of an earlier entry'),
      expect.stringContaining('staff[3].badge: does not match campaign.codes.operator'),
      expect.stringContaining('staff[4].badge: is missing'),
    ]);
  });

  test.each([
    ['too cheap', 'scrypt$1024$8$1$AAAAAAAAAAAAAAAAAAAAAA$'],
    ['a bomb of memory', 'scrypt$8388608$8$1$AAAAAAAAAAAAAAAAAAAAAA$'],
    ['no power of two', 'scrypt$32769$8$1$AAAAAAAAAAAAAAAAAAAAAA$'],
    ['another function', 'bcrypt$32768$8$1$AAAAAAAAAAAAAAAAAAAAAA$'],
  ])('takes no hash that is %s', (_, start) => {
    const problems = problemsOf(JSON.stringify({ staff: [{ ...technician, hash: start + 'A'.repeat(43) }] }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('staff[0].hash');
  });

  test.each(['', 'null', '[]', 'staff: {}', '{', 'staff: &a [*a]', '\u0000', '- '.repeat(2_000)])(
    'garbage is a problem and no exception: %j',
    (text) => expect(problemsOf(text).length).toBeGreaterThan(0),
  );
});

describe('a change', () => {
  let dir: string;
  let file: string;
  let key: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hutgate-staff-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    file = join(dir, 'staff.yaml');
    key = join(dir, 'personref.key');
    writeFileSync(key, 'key', { mode: 0o600 });
  });
  const idsOf = async () => (await staffIn(file, isBadge)).members.map(({ id }) => id);
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test('makes the file, for its owner only', async () => {
    await editStaff(file, { add: sampler('op-001', 'OP000001') }, isBadge, key);
    await editStaff(file, { add: technician }, isBadge, key);
    expect(await idsOf()).toEqual(['op-001', 'tech-1']);
    expect(modeOf(file)).toBe('600');
    expect(readFileSync(file, 'utf8').split('\n').filter(Boolean)).toHaveLength(3);
  });

  test('keeps comments, order and what is readable for the group, and takes the rest away', async () => {
    const text = `# night shift\nstaff:\n  # on leave in May\n  - { id: op-001, badge: OP000001, role: sampler, hash: "${hash}" }\n`;
    writeFileSync(file, text);
    chmodSync(file, 0o644);
    await editStaff(file, { set: 'op-001', hash: hash.replace(/A{43}$/, 'B'.repeat(43)) }, isBadge, key);
    expect(readFileSync(file, 'utf8')).toBe(text.replace(/A{43}/, 'B'.repeat(43)));
    expect(modeOf(file)).toBe('640');
    await editStaff(file, { remove: 'op-001' }, isBadge, key);
    expect(await idsOf()).toEqual([]);
  });

  test('goes through a link to the file itself', async () => {
    const real = join(dir, 'real.yaml');
    writeFileSync(real, 'staff: []\n', { mode: 0o600 });
    symlinkSync(real, file);
    await editStaff(file, { add: technician }, isBadge, key);
    expect(readFileSync(real, 'utf8')).toContain('tech-1');
  });

  test('that would not be right leaves everything as it was', async () => {
    await editStaff(file, { add: sampler('op-001', 'OP000001') }, isBadge, key);
    const before = readFileSync(file, 'utf8');
    const refused = (edit: Parameters<typeof editStaff>[1]) =>
      expect(editStaff(file, edit, isBadge, key)).rejects.toBeInstanceOf(StaffUnfit);
    await refused({ add: sampler('op-001', 'OP000002') });
    await refused({ add: sampler('op-002', 'OP000001') });
    await refused({ add: sampler('op-002', 'nobadge') });
    await refused({ remove: 'op-009' });
    await refused({ set: 'op-009', hash });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test('by two at once happens to one of them', async () => {
    writeFileSync(`${file}.new`, '');
    await expect(editStaff(file, { add: technician }, isBadge, key)).rejects.toThrow('somebody else');
    expect(existsSync(`${file}.new`)).toBe(true);
  });

  test('of a JSON file can be read again', () => {
    for (const staff of [[], [technician]]) {
      const text = edited(JSON.stringify({ staff }), { add: sampler('op-001', 'OP000001') });
      expect(readStaff(text, 'staff.json', isBadge)).toHaveProperty('staff');
    }
  });
});

/** The secrets that the demo and the example tell are the ones that open them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { demoStaff, demoStaffFile } from '../../../gateway/cli/demo-staff.ts';
import { isSecret } from '../../../gateway/sign-in/secret-hash.ts';
import { readStaff } from '../../../gateway/sign-in/staff.ts';

const isBadge = (text: string) => /^OP\d{6}$/.test(text);
const staffIn = (file: string) => {
  const read = readStaff(readFileSync(file, 'utf8'), file, isBadge);
  if (!('staff' in read)) throw new Error(JSON.stringify(read.problems));
  return read.staff;
};

test('of the demo, and again with the same data', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-demo-staff-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const told = await demoStaff(dir);
  const before = readFileSync(join(dir, demoStaffFile), 'utf8');
  const staff = staffIn(join(dir, demoStaffFile));
  expect(await isSecret(told.pin, staff.withBadge(told.badge)!.hash)).toBe(true);
  expect(await isSecret(told.password, staff.withId(told.technician)!.hash)).toBe(true);
  expect(await isSecret('2469', staff.withBadge(told.badge)!.hash)).toBe(false);
  expect(await demoStaff(dir)).toEqual(told);
  expect(readFileSync(join(dir, demoStaffFile), 'utf8')).toBe(before);
});

test('of the example', async () => {
  const staff = staffIn('config/examples/staff.yaml');
  for (const [id, secret] of [
    ['sampler-1', '2468'],
    ['sampler-2', '1357'],
    ['technician-1', 'snow-in-november'],
  ] as const)
    expect([id, await isSecret(secret, staff.withId(id)!.hash)]).toEqual([id, true]);
});

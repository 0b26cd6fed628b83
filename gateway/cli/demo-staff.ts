/** Who works in the demo's hut. Everybody may know their secrets: the sign-in screen says them. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SignInView } from '../contract/lane.ts';
import { hashSecret } from '../sign-in/secret-hash.ts';
import type { StaffMember } from '../sign-in/staff.ts';

/** For the `staff` key of the demo's configuration. */
export const demoStaffFile = 'staff.yaml';

const pin = '2468';
const technician = 'technician-1';
const password = 'snow-in-november';
/** Of the samplers, one for each lane. */
export const demoBadges = ['OP000001', 'OP000002'] as const;

export type DemoStaff = NonNullable<SignInView['demo']>;

/** Writes the file where there is none. Resolves with who can be tried. */
export async function demoStaff(dir: string): Promise<DemoStaff> {
  const file = join(dir, demoStaffFile);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const [pinHash, passwordHash] = [await hashSecret(pin), await hashSecret(password)];
    const staff: StaffMember[] = [
      ...demoBadges.map((badge, i) => ({ id: `sampler-${i + 1}`, badge, role: 'sampler' as const, hash: pinHash })),
      { id: technician, role: 'technician', hash: passwordHash },
    ];
    await writeFile(file, stringify({ staff }), { mode: 0o600 });
  }
  return { badge: demoBadges[0], pin, technician, password };
}

/** Staff of a test hut, and the PIN and password that open it. */
import { hashSecret } from '../../gateway/sign-in/secret-hash.ts';
import { makeStaff, type Staff, type StaffMember } from '../../gateway/sign-in/staff.ts';

export const pin = '246813';
export const password = 'correct horse 电池';

/** Two samplers with one PIN each has alone, and a technician. Hashing takes its time: make it once for a file. */
export async function testStaff(): Promise<{ staff: Staff; members: readonly StaffMember[] }> {
  const [pinHash, otherPinHash, passwordHash] = await Promise.all([
    hashSecret(pin),
    hashSecret('997531'),
    hashSecret(password),
  ]);
  const members: readonly StaffMember[] = [
    { id: 'op-001', badge: 'OP000001', role: 'sampler', hash: pinHash },
    { id: 'op-002', badge: 'OP000002', role: 'sampler', hash: otherPinHash },
    { id: 'tech-1', badge: 'OP000009', role: 'technician', hash: passwordHash },
  ];
  return { staff: makeStaff(members), members };
}
export const otherPin = '997531';

/**
 * The staff file: who may sign in. YAML or JSON, `{ staff: [{ id, badge, role, hash }] }`: staff references, never names.
 * A sampler has a badge (its barcode text) and a PIN, a technician a password.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readDocument } from '../../config/document.ts';
import { type Finding, findingsOf, type Problem, problemsIn } from '../../config/problem.ts';
import { roles } from '../contract/lane.ts';
import { hashForm, isSecretHash } from './secret-hash.ts';

export const staffId = z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -');
export const badgeText = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters');

const member = z.strictObject({
  id: staffId,
  badge: badgeText.optional(),
  role: z.enum(roles),
  hash: z.string().refine(isSecretHash, `must be ${hashForm}`),
});
export const staffFile = z.strictObject({ staff: z.array(member).max(256) });

export type StaffMember = z.infer<typeof member>;

export interface Staff {
  readonly members: readonly StaffMember[];
  withBadge(badge: string): StaffMember | undefined;
  withId(id: string): StaffMember | undefined;
}

export type StaffRead = { readonly staff: Staff } | { readonly problems: readonly Problem[] };

/**
 * All that is wrong at once, each by line, column and key (`staff[2].badge`); never a value. `isBadge`: the pattern
 * `campaign.codes.operator`, where there is one: another text would never be taken for a badge when it is scanned.
 */
export function readStaff(text: string, fileName: string, isBadge: (text: string) => boolean = () => true): StaffRead {
  const document = readDocument(text);
  if (!document.whole) return { problems: problemsIn(document, fileName, []) };
  const parsed = staffFile.safeParse(document.value, { reportInput: true });
  const findings = parsed.success
    ? crossChecks(parsed.data.staff, isBadge)
    : parsed.error.issues.flatMap((issue) => findingsOf(issue, staffFile));
  const problems = problemsIn(document, fileName, findings);
  if (!parsed.success || problems.length > 0) return { problems };
  return { staff: makeStaff(parsed.data.staff) };
}

export function makeStaff(members: readonly StaffMember[]): Staff {
  const byId = new Map(members.map((one) => [one.id, one]));
  const byBadge = new Map(members.flatMap((one) => (one.badge === undefined ? [] : [[one.badge, one]])));
  return { members, withBadge: (badge) => byBadge.get(badge), withId: (id) => byId.get(id) };
}

/** Changes with the PIN or password: a session that was opened with an older one is over. */
export const secretRef = ({ hash }: StaffMember) => createHash('sha256').update(hash).digest('base64url').slice(0, 16);

function crossChecks(members: readonly StaffMember[], isBadge: (text: string) => boolean): Finding[] {
  const ids = new Set<string>();
  const badges = new Set<string>();
  return members.flatMap(({ id, badge, role }, index): Finding[] => {
    const at = (key: string, wrong: string, allowed: string, where: Finding['at'] = 'value'): Finding[] => [
      { path: ['staff', index, key], at: where, wrong, allowed },
    ];
    const findings = [
      ...(ids.has(id) ? at('id', 'is the id of an earlier entry', 'each id once') : []),
      ...(badge !== undefined && badges.has(badge) ? at('badge', 'is the badge of an earlier entry', 'each once') : []),
      ...(badge !== undefined && !isBadge(badge)
        ? at('badge', 'does not match campaign.codes.operator', 'a text that the pattern matches')
        : []),
      ...(badge === undefined && role === 'sampler' ? at('badge', 'is missing', 'a text, for a sampler', 'key') : []),
    ];
    ids.add(id);
    if (badge !== undefined) badges.add(badge);
    return findings;
  });
}

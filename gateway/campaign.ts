/** The campaign in force: the hut's own configuration, with what the centre's plan says instead. */
import { campaignChecks } from '../config/campaign-checks.ts';
import { codePattern, personPattern } from '../config/code-pattern.ts';
import type { Config } from '../config/load.ts';
import { type Finding, findingsOf, formatPath } from '../config/problem.ts';
import { configSchema } from '../config/schema.ts';
import type { PlanMessage } from './contract/messages.ts';
import { type ClassifierRules, objectKinds, type PersonRule } from './lane/classify.ts';

export interface Campaign extends Readonly<Config['campaign']> {
  /** Of the plan; absent while only the configuration speaks. */
  readonly version?: string;
  /** RFC 3339. */
  readonly validFrom?: string;
  /** When sampling takes place, RFC 3339; absent: always. */
  readonly windows?: readonly { readonly from: string; readonly to: string }[];
}

export type CampaignWith =
  | { readonly campaign: Campaign; readonly errors?: never }
  /** One line for each key that is wrong: nothing of the plan may be applied. */
  | { readonly errors: readonly string[]; readonly campaign?: never };

/**
 * `campaign` is the configured one, not what an earlier plan made of it: what a plan leaves out is as configured. Patterns are
 * judged as those of the configuration are, because they run on whatever a barcode holds.
 */
export function campaignWith(campaign: Config['campaign'], plan: PlanMessage): CampaignWith {
  const { version, validFrom, windows, round, kind, poolSize, flow, codes = {}, persons, feverC, temperature } = plan;
  const planned = objectKinds.flatMap((kind) => {
    const pattern = codes[kind];
    return pattern === undefined ? [] : [[kind, pattern] as const];
  });
  const merged = {
    ...campaign,
    ...(round !== undefined && { round }),
    ...(kind !== undefined && { kind }),
    ...(poolSize !== undefined && { poolSize }),
    ...(flow !== undefined && { flow }),
    ...(feverC !== undefined && { feverC }),
    ...(temperature !== undefined && { temperature }),
    codes: { ...campaign.codes, ...Object.fromEntries(planned) },
    persons: persons?.map(knownKeys) ?? campaign.persons,
  };
  const schema = configSchema.shape.campaign;
  const parsed = schema.safeParse(merged, { reportInput: true });
  const upsideDown = (windows ?? []).flatMap(({ from, to }, at): Finding[] =>
    Date.parse(from) < Date.parse(to)
      ? []
      : [{ path: ['campaign', 'windows', at], at: 'value', wrong: 'ends before it begins', allowed: 'from before to' }],
  );
  const findings = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, schema, ['campaign']))),
    ...campaignChecks({ campaign: merged }),
    ...upsideDown,
  ];
  if (!parsed.success || findings.length > 0) return { errors: findings.map(line) };
  return {
    campaign: {
      ...parsed.data,
      version,
      ...(validFrom !== undefined && { validFrom }),
      ...(windows && { windows: windows.map(({ from, to }) => ({ from, to })) }),
    },
  };
}

/** Within v1 a plan may say more than this build knows. */
const knownKeys = ({ name, pattern, via, symbology, class: cls }: NonNullable<PlanMessage['persons']>[number]) => ({
  name,
  pattern,
  ...(via !== undefined && { via }),
  ...(symbology !== undefined && { symbology }),
  ...(cls !== undefined && { class: cls }),
});

const line = ({ path, wrong, allowed }: Finding) =>
  `${formatPath(path.slice(1))}: ${wrong}${allowed === undefined ? '' : `; allowed: ${allowed}`}`;

/** What a lane needs to tell scans apart. Expects patterns that the check has let through; any other is left out. */
export function classifierRules(campaign: Campaign, identityOf: ClassifierRules['identityOf']): ClassifierRules {
  const codes = objectKinds.flatMap((kind) => {
    const source = campaign.codes[kind];
    const pattern = source === undefined ? undefined : codePattern(source);
    return pattern && 'matches' in pattern ? [[kind, pattern.matches] as const] : [];
  });
  const persons = campaign.persons.flatMap(({ pattern: source, via, symbology, class: cls }): PersonRule[] => {
    const pattern = personPattern(source);
    return 'groups' in pattern ? [{ groups: pattern.groups, via, symbology, cls }] : [];
  });
  return { codes: Object.fromEntries(codes), persons, identityOf };
}

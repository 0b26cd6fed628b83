/** The store on the disk, without touching it: read-only, and only its status while a gateway writes. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { damageOf } from '../../store/check.ts';
import { storeFile } from '../../store/directory.ts';
import { inspectStatus } from '../../store/inspect.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** `hut`: REGION/GATEWAY of the configuration. `look`: into the file itself; not while a gateway writes. */
export function checkStore(dir: string, hut: string, look: boolean): Finding[] {
  if (!existsSync(storeFile(dir))) return [ok('store', `none yet in ${dir}; the first start makes it`)];
  const findings: Finding[] = [];
  try {
    const { streams, quarantined, huts } = inspectStatus(dir);
    const pending = streams.reduce((sum, stream) => sum + stream.pending, 0);
    const oldest = streams
      .map(({ oldestPendingAt }) => oldestPendingAt)
      .filter(Boolean)
      .sort()[0];
    findings.push(ok('store', `${pending} events wait for the centre${oldest ? `, the oldest from ${oldest}` : ''}`));
    const others = huts.filter((one) => one !== hut);
    if (others.length > 0)
      findings.push(
        warn(
          'store',
          `${dir} also has events of ${others.join(', ')}; this hut is ${hut}`,
          'renamed? then all is well. Otherwise the disk is of another hut: give this one its own gateway.dataDir',
        ),
      );
    if (quarantined > 0)
      findings.push(
        warn(
          'store',
          `${quarantined} events were set aside, because no broker took them`,
          'hutgate store status; tell the centre',
        ),
      );
    const damage = look ? damageOf(storeFile(dir), existsSync(join(dir, 'suspect'))) : undefined;
    if (damage !== undefined) findings.push(fail('store', `damaged: ${damage}`, salvage));
  } catch (error) {
    findings.push(fail('store', `cannot be read: ${(error as Error).message}`, salvage));
  }
  const aside = readdirSync(dir).filter((name) => name.startsWith('damaged-'));
  if (aside.length > 0)
    findings.push(
      warn(
        'store',
        `a damaged one was set aside, and what could be read of it was kept: ${aside.join(', ')}`,
        `once the centre has everything: rm -r ${join(dir, aside[0]!)}; replace the card when it happens again`,
      ),
    );
  return findings;
}

const salvage = 'the next start sets it aside and salvages what can be read; replace the card';

/** Topics of the wire contract v1: fixed depth, ids `[a-z0-9-]{1,32}`, never personal data. */
import { z } from 'zod';
import type { StreamName } from './streams.ts';

export const id = z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -');

export interface HutAddress {
  readonly region: string;
  readonly gateway: string;
}

export const hutRoot = ({ region, gateway }: HutAddress) => `hut/v1/${region}/${gateway}`;
export const regionRoot = (region: string) => `hut/v1/${region}/_all`;

export const topics = (hut: HutAddress) => {
  const root = hutRoot(hut);
  const all = regionRoot(hut.region);
  return {
    state: `${root}/state`,
    device: (deviceId: string) => `${root}/device/${deviceId}`,
    event: (stream: StreamName) => `${root}/event/${stream}`,
    health: `${root}/health`,
    commandResult: `${root}/command/result`,
    configReported: `${root}/config/reported`,
    ack: `${root}/ack`,
    command: `${root}/command`,
    configDesired: `${root}/config/desired`,
    plan: `${all}/plan`,
    pace: `${all}/pace`,
    central: `${all}/central`,
  } as const;
};

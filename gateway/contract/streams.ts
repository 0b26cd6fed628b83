/** The three event streams of a hut. Each has its own gapless sequence. */
export const streams = ['sampling', 'reading', 'audit'] as const;
export type StreamName = (typeof streams)[number];

/** How far the wall clock can be trusted: synced to NTP; holdover, it was; unsynced, it never was since boot or is plainly wrong. */
export const clockQualities = ['synced', 'holdover', 'unsynced'] as const;
export type ClockQuality = (typeof clockQualities)[number];

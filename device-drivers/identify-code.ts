/** The code on a scanner's own card: scanned with it, it says which scanner that is. ASCII, so that any symbology can carry it. */

const start = 'HUTGATE:IDENTIFY:';

export const identifyCode = (deviceId: string): string => start + deviceId;

/** The device that an identify code names; undefined for any other text. */
export const namedByCode = (text: string): string | undefined => /^HUTGATE:IDENTIFY:([a-z0-9-]{1,32})$/.exec(text)?.[1];

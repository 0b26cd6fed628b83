/** Every word on the page, in each language. A missing or superfluous text does not compile. */
import type { ButtonName } from '../demo/buttons.ts';
import { en } from './en.ts';
import { zhCN } from './zh-CN.ts';

export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

export interface Catalogue {
  /** The name of the other language, in that language. */
  readonly switchLanguage: string;
  readonly dayTheme: string;
  readonly nightTheme: string;
  readonly live: string;
  readonly connecting: string;
  readonly stale: string;
  readonly notLiveSince: (time: string) => string;
  readonly staleHelp: string;
  readonly devices: string;
  readonly noDevices: string;
  readonly kind: ReadonlyMap<string, string>;
  readonly deviceState: {
    readonly missing: string;
    readonly opening: string;
    readonly identifying: string;
    readonly ready: string;
    readonly degraded: string;
    readonly fault: string;
  };
  readonly readingsCount: (n: string) => string;
  readonly framesCount: (n: string) => string;
  readonly repeatsCount: (n: string) => string;
  readonly discardedCount: (n: string, reasons: string) => string;
  readonly discardReason: ReadonlyMap<string, string>;
  readonly faultsCount: (n: string) => string;
  readonly todo: string;
  /** By fault code; where one is missing, the gateway's own (English) text is shown. */
  readonly faults: ReadonlyMap<string, { readonly means: string; readonly fix: string }>;
  readonly uplink: string;
  readonly uplinkState: {
    readonly connecting: string;
    readonly online: string;
    readonly offline: string;
    readonly held: string;
    readonly stopped: string;
  };
  readonly samplingGoesOn: string;
  readonly since: (time: string) => string;
  readonly nextTry: (time: string) => string;
  readonly pending: string;
  readonly pendingNone: string;
  readonly oldest: (time: string) => string;
  readonly confirmedUpTo: (confirmed: string, last: string) => string;
  readonly stream: { readonly sampling: string; readonly reading: string; readonly audit: string };
  readonly storeTrouble: { readonly 'disk-full': string; readonly failed: string };
  readonly clockUnsynced: string;
  readonly quarantined: (n: string) => string;
  readonly lastReadings: string;
  readonly noReadings: string;
  readonly notShown: (n: string) => string;
  readonly confirmed: { readonly central: string; readonly broker: string };
  readonly waiting: string;
  readonly eventType: ReadonlyMap<string, string>;
  readonly demo: string;
  readonly demoHelp: string;
  readonly scanNext: (code: string) => string;
  readonly printTestLabel: string;
  readonly lastLabel: string;
  readonly pullCable: string;
  readonly putCableBack: string;
  readonly cableOut: string;
  readonly broker: string;
  readonly brokerState: { readonly running: string; readonly stopped: string };
  readonly stopBroker: string;
  readonly startBroker: string;
  readonly central: string;
  readonly centralState: { readonly online: string; readonly offline: string };
  readonly centralOffline: string;
  readonly centralOnline: string;
  readonly received: string;
  readonly duplicates: string;
  readonly gaps: string;
  readonly violations: string;
  readonly demoFailed: (why: string) => string;
  readonly demoSilent: string;
  readonly demoButton: Readonly<Record<ButtonName, string>>;
}

export const catalogues: Readonly<Record<Language, Catalogue>> = { 'zh-CN': zhCN, en };

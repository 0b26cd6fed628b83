/** Every word on the page, in each language. A missing or superfluous text does not compile. */
import type { ButtonName } from '../demo/buttons.ts';
import type { DemoCommand } from '../demo/commands.ts';
import type { Visitor } from '../demo/walk-in.ts';
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
  /** Words of the contract in the summary of an event. */
  readonly word: ReadonlyMap<string, string>;
  /** What is shown of a text that may be anybody's code. */
  readonly masked: (characters: number, tail: string) => string;
  readonly shell: {
    /** `lane-2` is lane 2. */
    readonly lane: (id: string) => string;
    readonly allLanes: string;
    readonly chooseLane: string;
    readonly chooseLaneHelp: string;
    readonly menu: string;
    readonly noSuchLane: (id: string) => string;
    readonly publicScreen: string;
    readonly sheet: string;
    readonly notRecorded: string;
    readonly understood: string;
  };
  /** Why a tap had no effect, by the API's code; `silent`: no answer came. */
  readonly problem: ReadonlyMap<string, string>;
  readonly signIn: {
    readonly title: string;
    readonly scanBadge: string;
    readonly scanBadgeHelp: string;
    readonly badgeRead: (lane: string) => string;
    readonly enterPin: string;
    readonly typed: (n: number) => string;
    readonly cancel: string;
    readonly deleteDigit: string;
    readonly ok: string;
    readonly inUse: string;
    readonly free: string;
    readonly technician: string;
    readonly sampler: string;
    readonly name: string;
    readonly password: string;
    readonly signIn: string;
    readonly signOut: string;
    readonly wait: (seconds: string) => string;
    readonly notConnected: string;
    readonly tryTitle: string;
    readonly trySampler: (badge: string, pin: string) => string;
    readonly tryTechnician: (name: string) => string;
  };
  readonly technician: {
    readonly test: { readonly print: string; readonly switch: string; readonly read: string };
    readonly testing: string;
    /** What to do now, by kind of device. */
    readonly doNow: ReadonlyMap<string, string>;
    readonly outcome: {
      readonly printed: string;
      readonly unproved: string;
      readonly switched: string;
      readonly read: string;
      readonly silent: string;
      readonly failed: string;
    };
    readonly confirmUnit: string;
    readonly lastReading: string;
    readonly notRecorded: (n: string) => string;
    /** By the code of the reason. */
    readonly notRecordedWhy: ReadonlyMap<string, string>;
    readonly lastAt: (time: string) => string;
    readonly hut: string;
    readonly store: string;
    readonly storeState: { readonly ok: string; readonly 'disk-full': string; readonly failed: string };
    readonly fileSize: string;
    readonly diskFree: string;
    readonly clock: string;
    readonly clockQuality: { readonly synced: string; readonly holdover: string; readonly unsynced: string };
    readonly memory: string;
    readonly uptime: string;
    readonly hours: (n: string) => string;
    readonly software: string;
    readonly epoch: string;
    readonly startedAt: string;
    readonly reconnects: string;
    readonly quarantined: string;
  };
  /** The lines about what is wrong are the gateway's own, in English, as `hutgate check` prints them. */
  readonly configuration: {
    readonly title: string;
    readonly asInFile: string;
    readonly notTakenOver: (time: string) => string;
    readonly why: { readonly wrong: string; readonly 'lanes-at-work': string; readonly 'not-started': string };
    readonly seeBelow: string;
    readonly file: string;
    readonly digest: string;
    readonly loadedAt: string;
    readonly problems: (n: string) => string;
    readonly more: (n: string) => string;
    readonly check: string;
    readonly checking: string;
    readonly found: {
      readonly same: string;
      readonly other: string;
      readonly atWork: string;
      readonly wrong: string;
    };
    readonly reload: string;
    readonly reloadAsk: string;
    readonly reloadYes: string;
    readonly reloadNo: string;
    readonly reloading: string;
    readonly takenOver: (time: string) => string;
  };
  readonly demo: string;
  readonly demoHelp: string;
  readonly demoLanesHelp: string;
  readonly closeDemo: string;
  readonly people: string;
  readonly visitor: Readonly<Record<Visitor, string>>;
  readonly again: string;
  readonly codes: string;
  readonly scanTube: string;
  readonly scanBox: string;
  readonly scanSeal: string;
  readonly scanCourier: string;
  readonly scanBadge: string;
  readonly tubeAgain: (tail: string) => string;
  readonly boxAgain: (tail: string) => string;
  readonly demoCommand: Readonly<Record<DemoCommand, string>>;
  readonly brokerAndCentre: string;
  readonly demoDevices: string;
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
  readonly demoButton: Readonly<Record<ButtonName, string>>;
}

export const catalogues: Readonly<Record<Language, Catalogue>> = { 'zh-CN': zhCN, en };

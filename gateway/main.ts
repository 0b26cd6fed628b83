/**
 * The composition root: builds the parts of a gateway, wires them, starts and stops them in order. Nothing else
 * constructs. The way of a reading: supervisor -> cold boxes -> intake -> store -> (announced: feed) -> uplink.
 */
import { readFileSync } from 'node:fs';
import { codeMatcher } from '../config/code-pattern.ts';
import type { Config } from '../config/load.ts';
import { type Clock, systemClock } from '../device-drivers/clock.ts';
import type { Driver } from '../device-drivers/driver.ts';
import { isPresent, openLink } from '../device-drivers/transport/open.ts';
import { type Api, startApi } from './api/api.ts';
import { createFeed } from './api/feed.ts';
import { type IsLocalTool, makeLocalToken, noLocalTool } from './api/local-token.ts';
import { pageDir } from './api/page-dir.ts';
import type { DemoControls, HutView } from './api/view.ts';
import { boxTemperaturePrefix, createBoxTemperatures } from './box-temperature.ts';
import { watchClock } from './clock-quality.ts';
import { coldBoxPrefix, createColdBoxes } from './cold-boxes.ts';
import type { ConfigFile } from './config-file.ts';
import type { Cursor } from './contract/api.ts';
import { type EventData, type EventType, streamOf } from './contract/events.ts';
import { deviceTester } from './device-test.ts';
import { deviceMessage, deviceView, uplinkView } from './device-view.ts';
import { createIntake } from './intake.ts';
import { lanesInTheWay } from './lane-map.ts';
import { type Lanes, startLanes } from './lanes.ts';
import type { Log } from './log.ts';
import { softwareVersion } from './package-root.ts';
import { printTester } from './print-test.ts';
import { createRefusals } from './refusals.ts';
import { remoteCommands } from './remote-commands.ts';
import type { Secrets } from './secrets.ts';
import { createSignIn, signInPrefix } from './sign-in/sign-in.ts';
import { openStore } from './store/open.ts';
import { type EventDraft, StoreRefused } from './store/store.ts';
import { storeDir } from './store-dir.ts';
import type { DeviceState } from './supervisor/device.ts';
import { type Supervisor, type SupervisorEvents, supervise } from './supervisor/supervise.ts';
import { toldStore } from './told-store.ts';
import { startUplink, type Uplink } from './uplink/uplink.ts';
import { rfc3339 } from './wall-time.ts';

export interface GatewayParts {
  readonly config: Config;
  /** SHA-256 of the configuration file, hex; stands in the audit. */
  readonly configSha256: string;
  readonly secrets: Secrets;
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Only the demo has them. */
  readonly demo?: DemoControls;
  /** Absent in the demo: there is no file that could be read again. */
  readonly configFile?: Pick<ConfigFile, 'view' | 'check' | 'reload' | 'onReloaded'>;
  /** Of the gateway before this one, over a reload: devices whose configuration is the same keep their connections. */
  readonly supervisor?: Supervisor;
  /** The store can take nothing any more and only a new start can mend it. */
  readonly storeFailed?: (detail: string) => void;
}

export interface Gateway {
  readonly url: string;
  readonly view: HutView;
  /** Why this configuration may not be taken over now, a line for each reason; empty: it may. */
  inTheWayOf(next: Config): readonly string[];
  /** Devices first, so that nothing new comes; then what is under way is committed; then the goodbye to the broker. */
  stop(reason: string): Promise<void>;
  /** As `stop`, but the devices stay open, held at their wires, for the next gateway. */
  handOver(reason: string): Promise<Supervisor>;
}

const hourMs = 3_600_000;
/** A store that hangs (a dead SD card) must not hang the stop: what it did not commit was never announced. */
const settleWithinMs = 1_000;

export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { config, secrets, drivers, log, configFile, clock = systemClock, random = Math.random } = parts;
  const { id, region, site } = config.gateway;
  const bootId = readBootId();
  const startedAt = rfc3339(clock.wallMs());

  const clockWatch = await watchClock({
    clock,
    stepMs: config.clock.stepMs,
    onStep: ({ byMs, before, after }) => {
      log.warn({ byMs, before, after }, 'the wall clock was stepped');
      audit(draft('audit.clock-adjusted', { stepMs: byMs, before, after }));
    },
  });
  const clockQuality = clockWatch.quality;
  const stamp = () => ({
    time: rfc3339(clock.wallMs()),
    monoMs: Math.round(clock.monotonicMs()),
    clockQuality: clockQuality(),
  });
  const draft = <T extends EventType>(type: T, data: EventData<T>): EventDraft => ({
    stream: streamOf(type),
    type,
    ...stamp(),
    data: JSON.stringify(data),
  });

  const store = await openStore({
    dir: storeDir(config),
    gateway: id,
    region,
    bootId,
    stamp,
    keepConfirmedMs: config.store.keepConfirmedHours * hourMs,
    keepSealedMs: config.store.keepSealedHours * hourMs,
  });
  store.onCondition((condition) => {
    log[condition.state === 'ok' ? 'info' : 'error']({ condition }, 'the store changed its condition');
    if (condition.state === 'failed') parts.storeFailed?.(condition.detail);
  });
  const { streams } = await store.status();
  const feed = createFeed({ last: Object.fromEntries(streams.map((s) => [s.stream, s.lastSeq])) as Cursor });
  const told = toldStore(store, feed.committed);
  const audit = (event: EventDraft) => {
    told.append([event]).catch((error: unknown) => {
      if (!(error instanceof StoreRefused)) throw error;
      log.error({ type: event.type, why: error.why }, 'an audit event could not be written');
    });
  };
  log.info({ epoch: store.epoch, dataDir: config.gateway.dataDir }, 'store open');

  let lanes: Lanes | undefined;
  const signIn =
    secrets.staff &&
    createSignIn({
      ...{ staff: secrets.staff, lanes: config.lanes.map(({ id }) => id), store: told, clock, bootId, draft, log },
      saved: await store.state(signInPrefix),
      onVerified: async (lane, operator) => {
        await lanes?.sampling.signedIn(lane, operator);
      },
      onEnded(lane, operator, reason) {
        if (reason !== 'handover') void lanes?.sampling.signedOut(lane, operator);
      },
    });
  if (!signIn) log.warn('no staff file: whoever reaches the page may use it without signing in');

  const isCode = codeMatcher(config.campaign.codes);
  const refusals = createRefusals(clock);
  const noteRefused = (device: string, readings: number, why: string) => {
    log.error({ device, readings, why }, 'readings were NOT recorded');
    refusals.note(device, readings, why);
    const state = supervisor.states().find(({ id }) => id === device);
    if (state) feed.device(viewOf(state));
  };
  const refused = (device: string, readings: number, why: string) => {
    noteRefused(device, readings, why);
    lanes?.sampling.unrecorded(device, why);
  };
  const intake = createIntake({
    store,
    clock,
    clockQuality,
    seal: secrets.seal,
    personRef: secrets.references.personRef,
    textRef: secrets.references.textRef,
    isCode,
    committed: feed.committed,
    refused,
    hold: (device) => supervisor.hold(device),
    release: (device) => supervisor.release(device),
  });

  const boxTemperatures = createBoxTemperatures({
    probes: new Map(config.lanes.flatMap(({ id, boxProbe }) => (boxProbe ? [[id, boxProbe]] : []))),
    boxes: () => lanes?.sampling.boxes() ?? [],
    saved: await store.state(boxTemperaturePrefix),
    changed: () => lanes?.sampling.refresh(),
  });
  const coldBoxes = createColdBoxes({
    boxes: config.coldBoxes.map(({ lostAfterPolls, ...box }) => ({
      ...box,
      lostAfterMs: lostAfterPolls * pollMs(config.devices.find(({ id }) => id === box.device)?.options),
    })),
    ...{ intake, transport: boxTemperatures, clock, bootId },
    saved: await store.state(coldBoxPrefix),
  });

  let supervisor: Supervisor;
  let uplink: Uplink | undefined;
  const laneOf = (device: string) =>
    config.lanes.find(({ id: _, boxProbe: __, extraScanners, ...one }) =>
      [...Object.values(one), ...extraScanners].includes(device),
    )?.id;
  const viewOf = (state: DeviceState) => {
    const unknownCodes = state.kind === 'scanner' ? lanes?.sampling.unknownCodes(state.id) : undefined;
    return deviceView(state, supervisor.counters(state.id), laneOf(state.id), unknownCodes, refusals.of(state.id));
  };
  const driverNames = new Map(config.devices.map((device) => [device.id, device.driver]));
  const deviceTests = deviceTester({
    clock,
    kindOf: (device) => drivers.get(driverNames.get(device) ?? '')?.kind,
    command: (device, name, args) => supervisor.command(device, name, args),
    printTest: (device) => printTest(device),
    isCode,
  });
  if (config.lanes.length > 0 && signIn && secrets.staff)
    lanes = await startLanes({
      ...{ config, secrets, store, clock, clockQuality, bootId, drivers, feed, log },
      staff: secrets.staff,
      signIn,
      devices: {
        command: (device, name, args) => supervisor.command(device, name, args),
        hold: (device) => supervisor.hold(device),
        release: (device) => supervisor.release(device),
      },
      boxTemperature: boxTemperatures.of,
      notRecorded: (device, why) => noteRefused(device, 1, why),
      planApplied: (version, sha256) =>
        draft('audit.config-applied', { source: 'plan', status: 'applied', version, sha256 }),
    });
  const deviceEvents: SupervisorEvents = {
    reading(device, reading, at) {
      deviceTests.heard(device, reading);
      if (!lanes?.accept(device, reading, at)) coldBoxes.accept(device, reading, at);
    },
    repeat(device) {
      if (!lanes?.repeated(device)) log.debug({ device }, 'the same again: not a second reading');
    },
    state: (device, state) => {
      const level = state.state === 'fault' || state.state === 'degraded' ? 'warn' : 'info';
      log[level]({ device, state: state.state, reason: state.reason, identity: state.identity }, 'device');
      // Before there is an uplink nobody listens yet: the first states are told while the supervisor is being made.
      if (!uplink) return;
      feed.device(viewOf(state));
      uplink.deviceChanged(device);
    },
    fault(device, fault) {
      log.warn({ device, fault }, 'device fault');
      lanes?.fault(device, fault);
    },
    unrecorded: (device, { code }) => refused(device, 1, code),
    identify(device, scan) {
      if (scan === 'right') log.info({ device }, 'its identify code was scanned with it');
      else refused(device, 1, scan === 'other' ? 'identify-other' : 'identify-unknown');
    },
    remember: (device, value) => {
      store.append([], [{ key: identityPrefix + device, value }]).catch((error: unknown) => {
        if (!(error instanceof StoreRefused)) throw error;
        log.error({ device, why: error.why }, 'the identity of a device could not be saved');
      });
    },
  };
  if (parts.supervisor) {
    supervisor = parts.supervisor;
    await supervisor.configure(config.devices);
    supervisor.attach(deviceEvents);
  } else {
    const saved = [...(await store.state(identityPrefix))].map(([key, text]) => [
      key.slice(identityPrefix.length),
      text,
    ]);
    supervisor = supervise({
      devices: config.devices,
      ...{ drivers, openLink, isPresent, clock, random },
      events: deviceEvents,
      saved: new Map(saved as [string, string][]),
    });
  }

  const counters = () =>
    supervisor.states().map(({ id }) => {
      const { frames, discardedBytes, faults } = supervisor.counters(id);
      const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
      return [id, { frames, discardedBytes: sum(discardedBytes), faults: sum(faults) }] as const;
    });
  const printTest = printTester({
    clock,
    driverOf: (device) => drivers.get(driverNames.get(device) ?? ''),
    command: supervisor.command,
  });
  uplink = await startUplink({
    hut: { region, gateway: id },
    url: config.uplink.url,
    protocol: config.uplink.protocol,
    credentials: secrets.credentials,
    ...(secrets.tls && { tls: secrets.tls }),
    confirm: config.uplink.confirm,
    store: told,
    clock,
    random,
    bootId,
    software: softwareVersion,
    clockQuality,
    devices: () => supervisor.states().map((state) => deviceMessage(state, laneOf(state.id))),
    health: () => ({
      memory: { rssBytes: process.memoryUsage.rss() },
      clock: { quality: clockQuality() },
      devices: Object.fromEntries(counters()),
    }),
    commands: remoteCommands({
      clock,
      printTest,
      resend: (stream, from, to) => uplink!.resend(stream, from, to),
      reload: configFile?.reload,
      revokeOperator: signIn?.revoke,
    }),
    audit,
    ...(lanes && { onPlan: lanes.plan }),
    ...(lanes?.planVersion !== undefined && { planVersion: lanes.planVersion }),
    log,
  });
  uplink.onState((state) => feed.uplink(uplinkView(state)));

  const view: HutView = {
    gateway: { id, region, site, software: softwareVersion, epoch: store.epoch, startedAt },
    storeStatus: store.status,
    uplink: () => uplinkView(uplink!.state()),
    clockQuality,
    devices: () => supervisor.states().map(viewOf),
    lanes: () => lanes?.sampling.lanes() ?? [],
    ...(lanes && {
      sampling: lanes.sampling.sampling,
      act: lanes.sampling.act,
      publicNews: lanes.publicNews,
    }),
    ...(configFile && { config: configFile.view }),
    recent: feed.recent,
    cursor: feed.cursor,
    subscribe: feed.subscribe,
  };
  const stopTellingConfig = configFile?.onReloaded(feed.config);
  const stopParts = async (reason: string, keepsDevices: boolean, api?: Api) => {
    clockWatch.stop();
    stopTellingConfig?.();
    signIn?.stop();
    if (keepsDevices) supervisor.detach();
    else await supervisor.stop();
    coldBoxes.stop();
    const settled = Promise.all([intake.settled(), lanes?.sampling.settled()]);
    await Promise.race([settled, new Promise((resolve) => clock.after(settleWithinMs, () => resolve(null)))]);
    lanes?.stop();
    await Promise.all([uplink!.stop(reason), api?.close()]);
    await store.close();
  };

  let api: Api;
  try {
    const { listen } = config.api;
    api = await startApi({
      listen,
      view,
      ...(parts.demo && { demo: parts.demo }),
      ...(signIn && { signIn }),
      isLocalTool: await localTool(config, log),
      printTest,
      confirmDevice: (device) => supervisor.confirm(device),
      testDevice: deviceTests.test,
      ...(configFile && { configFile }),
      staticDir: pageDir,
      log,
      clock,
    });
  } catch (error) {
    await stopParts('could not start', parts.supervisor !== undefined);
    throw error;
  }
  audit(draft('audit.config-applied', { source: 'file', status: 'applied', sha256: parts.configSha256 }));
  log.info({ url: api.url, devices: config.devices.length, uplink: config.uplink.url }, 'gateway started');

  let stopping: Promise<void> | undefined;
  const end = (reason: string, keepsDevices: boolean) => {
    stopping ??= stopParts(reason, keepsDevices, api).then(() => log.info({ reason }, 'gateway stopped'));
    return stopping;
  };
  return {
    url: api.url,
    view,
    inTheWayOf: (next) =>
      lanesInTheWay(
        config,
        next,
        view.lanes().map(({ id, tube, group }) => ({ lane: id, tube: tube?.code, waiting: group?.count ?? 0 })),
      ),
    stop: (reason) => end(reason, false),
    async handOver(reason) {
      await end(reason, true);
      return supervisor;
    },
  };
}

/** Of what the store keeps of each device: the unit that it was. */
const identityPrefix = 'device-identity/';

/** Without the file only `hutgate monitor` and `hutgate doctor` miss something: a full disk stops no hut. */
async function localTool({ gateway }: Config, log: Log): Promise<IsLocalTool> {
  try {
    return await makeLocalToken(gateway.dataDir);
  } catch (error) {
    log.warn({ err: error }, 'the token for local tools could not be written');
    return noLocalTool;
  }
}

/** How often a probe is asked; what its driver calls it is `pollMs` in all of them. */
function pollMs(options: unknown): number {
  const value = typeof options === 'object' && options !== null ? Reflect.get(options, 'pollMs') : undefined;
  return typeof value === 'number' ? value : 10_000;
}

/** Without /proc (not Linux) each start counts as a boot: `monoms` is then only comparable within it. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return crypto.randomUUID();
  }
}

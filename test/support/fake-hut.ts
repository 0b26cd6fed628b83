/**
 * A hut that exists only as a view: what the API and the page show is set by hand. Stands in for the composition root,
 * so that states which are hard to bring about (disk full, a store that hangs) can be shown too. People are synthetic.
 */
import { createFeed, type Feed } from '../../gateway/api/feed.ts';
import type { DemoControls, HutView } from '../../gateway/api/view.ts';
import type { ConfigFile } from '../../gateway/config-file.ts';
import type {
  CommittedView,
  ConfigCheck,
  ConfigView,
  DemoDevice,
  DeviceView,
  UplinkView,
} from '../../gateway/contract/api.ts';
import type { HutSampling, LaneView } from '../../gateway/contract/lane.ts';
import type { StoreStatus, StreamStatus } from '../../gateway/store/store.ts';

export interface FakeHut {
  readonly view: HutView;
  readonly demo: DemoControls;
  readonly feed: Feed;
  /** Replaces a device by id, or adds it, and says so on the feed. */
  setDevice(device: DeviceView): void;
  setUplink(uplink: UplinkView): void;
  /** Replaces a lane by id, or adds it, and says so on the feed. */
  setLane(lane: LaneView): void;
  setSampling(sampling: HutSampling): void;
  setStatus(status: Partial<StoreStatus>): void;
  /** What `startApi` and the view are given of the configuration file. */
  readonly configFile: Pick<ConfigFile, 'view' | 'check' | 'reload'>;
  /** What became of the last reload, said on the feed. */
  setReload(last: Omit<NonNullable<ConfigView['last']>, 'count' | 'at'>): void;
  /** What the next look at the file finds. */
  setCheck(check: Omit<ConfigCheck, 'at'>): void;
  /** While true, the store does not answer. */
  hang(hanging: boolean): void;
  /** Commits a reading; the stream's counters follow. */
  commit(summary: string, about?: Partial<CommittedView>): CommittedView;
  confirm(upTo: number): void;
  /** What the demo was told to do, in order. */
  readonly told: string[];
}

const at = '2022-11-07T07:13:08.412+08:00';

export const fakeDevice = (id: string, kind: string, driver: string, more: Partial<DeviceView> = {}): DeviceView => ({
  id,
  driver,
  kind,
  state: 'ready',
  since: at,
  counters: { frames: 12, readings: 11, repeats: 0, discardedBytes: {}, faults: {} },
  ...more,
});

export const fourDevices = (): DeviceView[] => [
  fakeDevice('scanner-1', 'scanner', 'scanner-line'),
  fakeDevice('card-1', 'id-reader', 'id-sam', { identity: { serial: '05.03-20221107-0000000001-0000000001' } }),
  fakeDevice('printer-1', 'label-printer', 'printer-zpl', { identity: { model: 'ZD421', firmware: 'V93.21.07Z' } }),
  fakeDevice('box-1', 'temperature-probe', 'probe-modbus'),
];

const noArgs = { type: 'object', properties: {}, additionalProperties: false };

export function createFakeHut({ epoch = 'epoch-1', devices = fourDevices() } = {}): FakeHut {
  const last = { sampling: 0, reading: 0, audit: 0 };
  const confirmed = { sampling: 0, reading: 0, audit: 0 };
  const feed = createFeed({ last });
  let uplink: UplinkView = { state: 'online', since: at, confirm: 'central', reconnects: 0 };
  const lanes = new Map<string, LaneView>();
  let sampling: HutSampling = { unpacked: [], boxes: [] };
  let hanging = false;
  let status: Partial<StoreStatus> = {};
  let demoDevices: DemoDevice[] = [
    {
      id: 'scanner-1',
      driver: 'scanner-line',
      plugged: true,
      actions: [
        { name: 'scan', describe: 'Scan a code', args: { type: 'object', properties: { text: { type: 'string' } } } },
      ],
      state: {},
    },
    {
      id: 'card-1',
      driver: 'id-sam',
      plugged: true,
      actions: [
        {
          name: 'present',
          describe: 'Present a card',
          args: { type: 'object', properties: { person: { enum: ['resident', 'permit'] } } },
        },
        { name: 'lift', describe: 'Lift the card', args: noArgs },
      ],
      state: { card: null },
    },
    {
      id: 'printer-1',
      driver: 'printer-zpl',
      plugged: true,
      actions: [
        { name: 'lid', describe: 'Open or close the lid', args: { type: 'object' } },
        { name: 'paper', describe: 'Load labels', args: { type: 'object' } },
      ],
      state: {},
    },
    {
      id: 'box-1',
      driver: 'probe-modbus',
      plugged: true,
      actions: [{ name: 'set-temperature', describe: 'Bring a sensor to a temperature', args: { type: 'object' } }],
      state: {},
    },
  ];
  const told: string[] = [];
  let config: ConfigView = { file: '/etc/hutgate/hut.yaml', sha256: 'f54ca5c3'.repeat(8), loadedAt: at };
  let check: Omit<ConfigCheck, 'at'> = { inUse: true, sha256: config.sha256, problems: [], more: 0, inTheWay: [] };
  const configFile: FakeHut['configFile'] = {
    view: () => config,
    check: async () => ({ at, ...check }),
    reload: async () => void told.push('reload'),
  };
  let brokerRuns = true;
  let centralOnline = true;

  const streamStatus = (stream: 'sampling' | 'reading' | 'audit'): StreamStatus => {
    const pending = feed.cursor()[stream] - confirmed[stream];
    return {
      stream,
      lastSeq: feed.cursor()[stream],
      confirmedSeq: confirmed[stream],
      pending,
      ...(pending > 0 && { oldestPendingAt: at }),
    };
  };
  const plugged = (id: string, plugged: boolean) => {
    demoDevices = demoDevices.map((device) => (device.id === id ? { ...device, plugged } : device));
    told.push(`${plugged ? 'plug' : 'unplug'} ${id}`);
  };

  const hut: FakeHut = {
    feed,
    told,
    configFile,
    view: {
      gateway: {
        id: 'hut-0417',
        region: 'jinshui',
        site: { name: '金水路采样屋', type: 'fixed' },
        software: '0.1.0',
        epoch,
        startedAt: at,
      },
      storeStatus: () =>
        hanging
          ? new Promise(() => {})
          : Promise.resolve({
              epoch,
              streams: (['sampling', 'reading', 'audit'] as const).map(streamStatus),
              quarantined: 0,
              fileBytes: 4_194_304,
              diskFreeBytes: 12_000_000_000,
              condition: { state: 'ok' },
              ...status,
            }),
      uplink: () => uplink,
      clockQuality: () => 'synced',
      devices: () => devices,
      lanes: () => [...lanes.values()],
      sampling: () => sampling,
      config: configFile.view,
      recent: feed.recent,
      cursor: feed.cursor,
      subscribe: feed.subscribe,
    },
    demo: {
      devices: () => demoDevices,
      act: (id, action, args) => {
        told.push(`${action} ${id} ${JSON.stringify(args)}`);
        if (action === 'lift') throw new Error('There is no card on the reader.');
      },
      plug: async (id) => plugged(id, true),
      unplug: async (id) => plugged(id, false),
      broker: {
        running: () => brokerRuns,
        start: async () => {
          brokerRuns = true;
          told.push('broker start');
        },
        stop: async () => {
          brokerRuns = false;
          told.push('broker stop');
        },
      },
      central: {
        online: () => centralOnline,
        setOnline: async (online) => {
          centralOnline = online;
          told.push(`central ${online ? 'online' : 'offline'}`);
        },
        report: () => ({ received: confirmed.reading, duplicates: 0, gaps: 0, violations: 0 }),
      },
    },
    setLane: (lane) => {
      lanes.set(lane.id, lane);
      feed.lane(lane);
    },
    setSampling: (next) => {
      sampling = next;
      feed.sampling(next);
    },
    setDevice: (device) => {
      devices = devices.some(({ id }) => id === device.id)
        ? devices.map((old) => (old.id === device.id ? device : old))
        : [...devices, device];
      feed.device(device);
    },
    setUplink: (next) => {
      uplink = next;
      feed.uplink(next);
    },
    setReload: (last) => {
      config = { ...config, last: { ...last, count: (config.last?.count ?? 0) + 1, at } };
      feed.config(config);
    },
    setCheck: (next) => {
      check = next;
    },
    setStatus: (next) => {
      status = next;
    },
    hang: (next) => {
      hanging = next;
    },
    commit: (summary, about = {}) => {
      const stream = about.stream ?? 'reading';
      const event: CommittedView = {
        stream,
        seq: feed.cursor()[stream] + 1,
        eventType: 'reading.scanned',
        device: 'scanner-1',
        at,
        summary,
        ...about,
      };
      feed.committed([event]);
      return event;
    },
    confirm: (upTo) => {
      confirmed.reading = upTo;
    },
  };
  return hut;
}

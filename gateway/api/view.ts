/** What the API sees of the hut, and all it sees: the composition root hands over nothing unmasked, so nothing unmasked can get out. */
import type {
  CentralReport,
  CommittedView,
  ConfigView,
  Cursor,
  DemoDevice,
  DeviceView,
  GatewayInfo,
  UplinkView,
} from '../contract/api.ts';
import type { HutSampling, LaneAction, LaneView, PublicMessage, Said, SignInView } from '../contract/lane.ts';
import type { ClockQuality } from '../contract/streams.ts';
import type { StoreStatus } from '../store/store.ts';

export type HutEvent =
  | { readonly type: 'committed'; readonly events: readonly CommittedView[] }
  | { readonly type: 'device'; readonly device: DeviceView }
  | { readonly type: 'uplink'; readonly uplink: UplinkView }
  | { readonly type: 'lane'; readonly lane: LaneView }
  | { readonly type: 'sampling'; readonly sampling: HutSampling }
  | { readonly type: 'config'; readonly config: ConfigView };

export interface HutView {
  readonly gateway: GatewayInfo;
  storeStatus(): Promise<StoreStatus>;
  uplink(): UplinkView;
  clockQuality(): ClockQuality;
  devices(): readonly DeviceView[];
  /** Empty in a hut without lanes. */
  lanes(): readonly LaneView[];
  /** Absent in a hut without lanes. */
  readonly sampling?: () => HutSampling;
  /** Does what a tap asked for, as this operator; resolves after the commit with what the lane says. Absent in a hut without lanes. */
  readonly act?: (lane: string, action: LaneAction, operator: string) => Promise<Said>;
  /** Calls `listener` with what the screen for the queue shows; returns how to stop that. Absent in a hut without lanes. */
  readonly publicNews?: (listener: (lane: string, message: PublicMessage) => void) => () => void;
  /** Absent in the demo, and for who is no technician. */
  readonly config?: (() => ConfigView) | undefined;
  /** The last events, oldest first; see `createFeed`. */
  recent(): readonly CommittedView[];
  cursor(): Cursor;
  /** Calls `listener` after each commit and change of state; it never throws and takes microseconds. */
  subscribe(listener: (event: HutEvent) => void): () => void;
}

/** The demo's hands: only `hutgate demo` has them. Rejections carry a message for a person. */
export interface DemoControls {
  /** Who can be tried; absent in a demo without staff. */
  readonly staff?: SignInView['demo'];
  devices(): readonly DemoDevice[];
  act(id: string, action: string, args: unknown): unknown;
  plug(id: string): Promise<void>;
  unplug(id: string): Promise<void>;
  readonly broker: { running(): boolean; start(): Promise<void>; stop(): Promise<void> };
  readonly central: { online(): boolean; setOnline(online: boolean): Promise<void>; report(): CentralReport };
}

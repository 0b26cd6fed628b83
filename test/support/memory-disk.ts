/** What a store would have on its disk, for tests of what stands above it; it can be full. In memory: the real one is in test/gateway/store. */
import { type EventDraft, type StateMove, StoreRefused } from '../../gateway/store/store.ts';

export function memoryDisk() {
  const disk = { drafts: [] as EventDraft[], state: new Map<string, string>(), isFull: false };
  const append = async (drafts: readonly EventDraft[], moves: readonly StateMove[] = []) => {
    if (disk.isFull) throw new StoreRefused('disk-full', 'no room');
    disk.drafts.push(...drafts);
    for (const { key, value } of moves) value === null ? disk.state.delete(key) : disk.state.set(key, value);
    return drafts.map(({ stream }, index) => ({ stream, seq: disk.drafts.length - drafts.length + index + 1 }));
  };
  return { disk, append };
}

/** The process that plays the CP2112 of `gpio-chip.ts`; it ends with its parent, and the chip with it. */
import { type LineChange, plugCp2112 } from './cp2112.ts';

const chip = plugCp2112((change) => process.send?.(change));
process.on('message', (change: LineChange) => chip.drive(change));
process.on('disconnect', () => process.exit());

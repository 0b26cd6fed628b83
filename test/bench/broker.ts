/** Bench: the embedded broker as a process of its own. Prints its URL. */
import { startBroker } from '../../simulators/broker.ts';

console.log((await startBroker()).url);

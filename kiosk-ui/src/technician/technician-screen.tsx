/** All of the hut's technique on one page: devices to be tested, what becomes of their readings, and the machine itself. */
import type { Hut, Liveness } from '../hut.ts';
import { Uplink } from '../parts/uplink.tsx';
import type { Catalogue } from '../text/catalogue.ts';
import { Configuration } from './configuration.tsx';
import { Devices } from './devices.tsx';
import { Machine } from './machine.tsx';
import { Readings } from './readings.tsx';

export const TechnicianScreen = ({ hut, live, t }: { hut: Hut; live: Liveness; t: Catalogue }) => (
  <main class={`technician ${live}`} data-testid="main">
    <div class="column">
      <Devices hut={hut} t={t} />
    </div>
    <div class="column">
      <Uplink hut={hut} t={t} />
      {hut.config && <Configuration config={hut.config} t={t} />}
      <Machine hut={hut} t={t} />
      <Readings hut={hut} t={t} />
    </div>
  </main>
);

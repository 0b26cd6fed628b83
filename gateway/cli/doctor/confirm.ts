/** `hutgate doctor --confirm ID`: a technician at the shell says that a device is the right one, as the page can. */
import { z } from 'zod';
import { apiError } from '../../contract/api.ts';
import { loadForStart } from '../load-config.ts';
import { localHeaders, runningGateway } from '../local-api.ts';
import { type Finding, fail, ok } from './finding.ts';

const answerWithinMs = 3_000;
const confirmed = z.object({ device: z.object({ state: z.string() }) });

export async function confirmDevice(file: string, device: string): Promise<Finding> {
  const loaded = await loadForStart(file);
  if ('problems' in loaded) return fail('config', loaded.problems.join('; '), 'correct it, then try again');
  const running = await runningGateway(loaded.config);
  if (!running?.api)
    return fail(
      device,
      'no gateway answers at api.listen of this configuration',
      'only a running one asks; systemctl start hutgate',
    );
  const response = await fetch(`${running.api.url}/api/devices/${encodeURIComponent(device)}/confirm`, {
    method: 'POST',
    headers: await localHeaders(loaded.config),
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const answer: unknown = await response.json();
  if (response.ok) return ok(device, `confirmed; its state is ${confirmed.parse(answer).device.state}`);
  const { error } = apiError.parse(answer);
  return fail(device, error.message, 'hutgate doctor says how each device is');
}

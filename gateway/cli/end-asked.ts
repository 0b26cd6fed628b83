/** Resolves when the user or the system asks the command to end: Ctrl-C, SIGTERM. */
export function endAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

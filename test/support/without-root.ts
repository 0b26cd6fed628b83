/** Nothing is closed to root: where the tests run as root, somebody else does `work`. */
export async function withoutRoot<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!('nobody');
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

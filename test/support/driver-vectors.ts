/** What a module of `test/vectors/` named like a driver exports as `conformance`. */
export type DriverVectors = readonly {
  readonly options?: unknown;
  readonly fromDevice: readonly Uint8Array[];
}[];

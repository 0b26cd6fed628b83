/** What a module of `test/vectors/` named like a driver exports as `conformance`. */
export type DriverVectors = readonly {
  readonly options?: unknown;
  readonly fromDevice: readonly Uint8Array[];
  /** Of a HID device, whose transport keeps the boundaries of reports: each answer is so many bytes at a time. */
  readonly reportBytes?: number;
}[];

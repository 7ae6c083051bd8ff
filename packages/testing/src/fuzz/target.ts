/** One decoder under fuzzing. */
export interface FuzzTarget {
  /** `codec/cbor/struct/strict`: unique, by package and decoder. */
  readonly name: string;
  /** Share of the inputs against other targets, default 1; less for slow decoders. */
  readonly weight?: number;
  /**
   * Feeds one input. Returns if the input was accepted, throws a WadiError if it was refused;
   * anything else that it throws is a failure. After accepting it may assert properties, such as
   * that the value encodes and decodes again; a broken one must be an AssertionError.
   */
  run(input: Uint8Array): void;
  /** Inputs to start from, both good and bad. Called once. */
  seeds(): Uint8Array[];
}

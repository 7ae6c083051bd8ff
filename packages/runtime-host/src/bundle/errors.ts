// Why a bundle was refused. The reference registers no codes for these, so on a wire all are
// (`unknown`, 1); `kind` tells the rule that failed. Texts are those of the reference where it has
// the rule. Reference: go/runtime/bundle.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

/** The rule that a bundle broke. */
export type BundleErrorKind =
  // Container.
  | "archive"
  | "path"
  | "tooLarge"
  // Manifest.
  | "manifest"
  | "manifestHash"
  | "runtimeId"
  // Contents.
  | "missingFile"
  | "digest"
  | "sgxSignature"
  // Writing and unpacking.
  | "invalidName"
  | "corruptedAsset"
  // Management.
  | "component"
  | "duplicateComponent"
  | "keyManager"
  | "download"
  | "labels"
  | "volume"
  | "temporary"
  | "notAllowed";

export class BundleError extends WadiError {
  override readonly name = "BundleError";
  readonly kind: BundleErrorKind;

  constructor(kind: BundleErrorKind, text: string, options: { readonly cause?: unknown } = {}) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text }, options);
    this.kind = kind;
  }
}

/** A `BundleError` with the prefix that the reference's package gives its messages. */
export function refusal(kind: BundleErrorKind, text: string, cause?: unknown): BundleError {
  return new BundleError(kind, `runtime/bundle: ${text}`, cause === undefined ? {} : { cause });
}

/** The message of whatever was thrown, for texts that quote it. */
export function messageOf(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

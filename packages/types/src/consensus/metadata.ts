// The system transaction of a block's proposer. Reference: go/consensus/api/meta.go.
import { ValidationError } from "../validation-error.ts";
import type { BlockMetadata } from "./blocks.ts";

/** Bytes of the signed transaction. */
export const MAX_BLOCK_METADATA_SIZE = 16_384;

/** Throws ValidationError. */
export function validateBlockMetadata(metadata: BlockMetadata): void {
  if (metadata.eventsRoot?.length !== 32) throw new ValidationError("malformed events root");
}

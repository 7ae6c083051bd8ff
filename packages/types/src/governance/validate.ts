// Stateless rules of governance bodies. Reference: go/governance/api/api.go (ValidateBasic).
import { utf8, WadiError } from "@wadi/util";

import { validateUpgradeDescriptor } from "../upgrade/validate.ts";
import { ValidationError } from "../validation-error.ts";
import { ErrInvalidArgument } from "./errors.ts";
import type { ChangeParametersProposal, ProposalContent, ProposalMetadata } from "./proposals.ts";

/** In bytes. */
const MIN_PROPOSAL_TITLE_LENGTH = 3;
/** In bytes. */
const MAX_PROPOSAL_TITLE_LENGTH = 100;

/** Throws `ErrInvalidArgument`. */
function validateProposalMetadata(metadata: ProposalMetadata): void {
  const length = utf8(metadata.title).length;
  if (length < MIN_PROPOSAL_TITLE_LENGTH) {
    throw new WadiError(ErrInvalidArgument, { context: "proposal title too short" });
  }
  if (length > MAX_PROPOSAL_TITLE_LENGTH) {
    throw new WadiError(ErrInvalidArgument, { context: "proposal title too long" });
  }
}

/** Throws ValidationError. What the module makes of `changes` is not looked at. */
function validateChangeParameters(proposal: ChangeParametersProposal): void {
  if (proposal.module === "") throw new ValidationError("invalid module name: name should not be empty");
  if (proposal.changes === null) {
    throw new ValidationError("invalid parameter changes: changes should not be empty");
  }
}

/**
 * The rules a proposal must meet before state is looked at. Metadata is mandatory where the
 * parameters allow it and refused where they do not. Throws `ErrInvalidArgument` for metadata,
 * ValidationError for the rest.
 */
export function validateProposalContent(
  content: ProposalContent,
  parameters: { readonly allowProposalMetadata: boolean },
): void {
  const { metadata, upgrade, cancelUpgrade, changeParameters } = content;
  if (parameters.allowProposalMetadata) {
    if (metadata === null) throw new WadiError(ErrInvalidArgument, { context: "proposal metadata required" });
    validateProposalMetadata(metadata);
  } else if (metadata !== null) {
    // Without a context: networks from before metadata fail like this when they decode the body.
    throw new WadiError(ErrInvalidArgument);
  }

  const count = [upgrade, cancelUpgrade, changeParameters].filter((kind) => kind !== null).length;
  if (count > 1) throw new ValidationError("proposal content has multiple fields set");
  if (count === 0) throw new ValidationError("proposal content has no fields set");
  if (upgrade !== null) validateUpgradeDescriptor(upgrade);
  if (changeParameters !== null) validateChangeParameters(changeParameters);
}

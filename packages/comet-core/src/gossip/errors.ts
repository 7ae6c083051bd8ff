// Why a peer is disconnected by the consensus channels, beside the refusals of messages that are
// not valid by themselves.
import { registerError } from "@wadi/util";

const module = "cometbft/gossip";

/** A message longer than its channel allows. */
export const ErrMessageTooLarge = registerError(module, 1, "message exceeds the size limit of its channel");
/** A message whose kind is not set or not known. */
export const ErrMessageNotRecognized = registerError(module, 2, "message not recognized");
/** A round step that the initial height of the chain does not allow. */
export const ErrInvalidRoundStep = registerError(module, 3, "invalid round step");

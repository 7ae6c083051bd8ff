// Who asks for a verification. The rules are one set; two callers relax some of them.

/**
 * - `transaction`: a live registration; everything is checked.
 * - `genesis`: a descriptor in a genesis document. Older descriptor versions may appear,
 *   attestations are not verified (they are out of date by then, and committee elections verify
 *   them again), and a validator may lack P2P addresses.
 * - `state`: a descriptor that is already in the state, checked as an invariant. As `genesis`, and
 *   the entity may have dropped the node from its list since.
 */
export type VerifyMode = "transaction" | "genesis" | "state";

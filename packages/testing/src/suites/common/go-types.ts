// Which schema stands for which Go type, by the names the vector files use.
import * as types from "@wadi/types";
import {
  bytes,
  bool,
  duration,
  float64,
  i64,
  jsonRaw,
  lenientBytes,
  quantity,
  raw,
  text,
  time,
  u16,
  u32,
  u64,
  u8,
  type Schema,
} from "@wadi/codec";

/** Go packages and the area their structures are exported from. */
const areas: Readonly<Record<string, object>> = {
  "beacon/api": types.beacon,
  "common/crypto/signature": types.signature,
  "common/entity": types.entity,
  "common/node": types.node,
  "common/sgx": types.sgx,
  "common/sgx/ias": types.ias,
  "common/sgx/pcs": types.pcs,
  "common/sgx/quote": types.quote,
  "common/version": types,
  "consensus/api": types.consensus,
  "consensus/api/transaction": types.transaction,
  "consensus/api/transaction/results": types.results,
  "consensus/genesis": types.consensusGenesis,
  "genesis/api": types.genesis,
  "governance/api": types.governance,
  "keymanager/api": types.keymanager,
  "keymanager/churp": types.churp,
  "keymanager/secrets": types.secrets,
  "registry/api": types.registry,
  "roothash/api": types.roothash,
  "roothash/api/block": types.roothash,
  "roothash/api/commitment": types.roothash,
  "roothash/api/message": types.roothash,
  "scheduler/api": types.scheduler,
  "staking/api": types.staking,
  "storage/mkvs/node": types.storage,
  "upgrade/api": types.upgrade,
  "vault/api": types.vault,
};

/** Types whose name or place differs, and types that are not structures. */
const others: Readonly<Record<string, unknown>> = {
  bool,
  bytes,
  bytes32: lenientBytes("bytes32", 32),
  bytes48: lenientBytes("bytes48", 48),
  float64,
  int: i64,
  int64: i64,
  string: text,
  uint8: u8,
  uint16: u16,
  uint32: u32,
  uint64: u64,
  "beacon/api.EpochTime": types.EpochTime,
  "common.Namespace": types.Namespace,
  "common/crypto/hash.Hash": types.Hash,
  "common/crypto/signature.PublicKey": types.PublicKey,
  "common/crypto/signature.RawProof": types.RawProof,
  "common/crypto/signature.RawSignature": types.RawSignature,
  "common/cbor.Versioned": types.Versioned,
  "common/node.SoftwareVersion": text,
  "common/node.sgxConstraintsV0": types.node.SGXConstraintsV0,
  "common/quantity.Quantity": quantity,
  "consensus/api/transaction.MethodName": text,
  "consensus/api/transaction/results.Error": types.results.ResultError,
  "curve25519-voi/primitives/x25519.PublicKey": types.X25519PublicKey,
  "encoding/json.RawMessage": jsonRaw,
  "github.com/fxamacker/cbor/v2.RawMessage": raw,
  "net.IP": bytes,
  "staking/api.Address": types.Address,
  "staking/api.StakeClaim": text,
  "time.Duration": duration,
  "time.Time": time,
  "upgrade/api.HandlerName": text,
};

const isSchema = (value: unknown): value is Schema<unknown> =>
  typeof value === "object" && value !== null && "decode" in value && "toJson" in value;

/** The schema of a Go type such as `staking/api.Account`; undefined if there is none. */
export function schemaOfGoType(name: string): Schema<unknown> | undefined {
  if (Object.hasOwn(others, name)) return others[name] as Schema<unknown>;
  const dot = name.lastIndexOf(".");
  const area = areas[name.slice(0, dot)];
  const type = name.slice(dot + 1);
  const exported = type.charAt(0).toUpperCase() + type.slice(1);
  const value = (area as Readonly<Record<string, unknown>> | undefined)?.[exported];
  return isSchema(value) ? value : undefined;
}

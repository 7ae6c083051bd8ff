// The JSON that Intel signs about platforms and quoting enclaves, with Go's reading of it.
// Reference: go/common/sgx/pcs/tcb.go `TCBInfo`, `QEIdentity`.
import {
  enumeration,
  i64Number,
  list,
  named,
  optional,
  refine,
  type Schema,
  struct,
  text,
  transform,
  type TypeOf,
  u16,
  u32,
} from "@wadi/codec";

/** Names as Intel spells them; 0 is a status that was not given. */
export const tcbStatuses = {
  missing: 0,
  upToDate: 1,
  swHardeningNeeded: 2,
  configurationNeeded: 3,
  configurationAndSwHardeningNeeded: 4,
  outOfDate: 5,
  outOfDateConfigurationNeeded: 6,
  revoked: 7,
} as const;

export const TCBStatus = enumeration("pcs.TCBStatus", "int", {
  [tcbStatuses.upToDate]: "UpToDate",
  [tcbStatuses.swHardeningNeeded]: "SWHardeningNeeded",
  [tcbStatuses.configurationNeeded]: "ConfigurationNeeded",
  [tcbStatuses.configurationAndSwHardeningNeeded]: "ConfigurationAndSWHardeningNeeded",
  [tcbStatuses.outOfDate]: "OutOfDate",
  [tcbStatuses.outOfDateConfigurationNeeded]: "OutOfDateConfigurationNeeded",
  [tcbStatuses.revoked]: "Revoked",
});

const i32 = refine(i64Number, (value) => ((value | 0) === value ? undefined : "number out of range for int32"));

export const TCBComponent = struct("pcs.TCBComponent", {
  svn: i32,
  category: optional(text),
  type: optional(text),
});
export type TCBComponent = TypeOf<typeof TCBComponent>;

const COMPONENTS = 16;

/** A Go array of 16: what is missing is zero, what is too much is ignored. */
const components: Schema<readonly TCBComponent[]> = transform(list(TCBComponent), {
  decode: (given) => Array.from({ length: COMPONENTS }, (_, i) => given[i] ?? TCBComponent.zero()),
  encode: (all: readonly TCBComponent[]) => all,
});

/** What a platform must at least have to be of a status. */
export const TCBLevel = struct("pcs.TCBLevel", {
  tcb: struct("pcs.TCBLevel.TCB", {
    pcesvn: u16,
    sgxtcbcomponents: components,
    tdxtcbcomponents: optional(components),
  }),
  tcbDate: named("tcbDate", text),
  tcbStatus: named("tcbStatus", TCBStatus),
  advisoryIds: named("advisoryIDs", optional(list(text))),
});
export type TCBLevel = TypeOf<typeof TCBLevel>;

/** What an enclave (or TDX module) must at least have to be of a status. */
export const EnclaveTCBLevel = struct("pcs.EnclaveTCBLevel", {
  tcb: struct("pcs.EnclaveTCBLevel.TCB", { isvsvn: u16 }),
  tcbDate: named("tcbDate", text),
  tcbStatus: named("tcbStatus", TCBStatus),
  advisoryIds: named("advisoryIDs", list(text)),
});
export type EnclaveTCBLevel = TypeOf<typeof EnclaveTCBLevel>;

export const TDXModule = struct("pcs.TDXModule", {
  mrsigner: text,
  attributes: text,
  attributesMask: named("attributesMask", text),
});

export const TDXModuleIdentity = struct("pcs.TDXModuleIdentity", {
  id: text,
  tcbLevels: named("tcbLevels", list(EnclaveTCBLevel)),
  ...TDXModule.members,
});

/** Levels of one kind of platform. */
export const TCBInfo = struct("pcs.TCBInfo", {
  id: text,
  version: i64Number,
  issueDate: named("issueDate", text),
  nextUpdate: named("nextUpdate", text),
  fmspc: text,
  pceId: named("pceId", text),
  tcbType: named("tcbType", i64Number),
  tcbEvaluationDataNumber: named("tcbEvaluationDataNumber", u32),
  tdxModule: named("tdxModule", optional(TDXModule)),
  tdxModuleIdentities: named("tdxModuleIdentities", optional(list(TDXModuleIdentity))),
  tcbLevels: named("tcbLevels", list(TCBLevel)),
});
export type TCBInfo = TypeOf<typeof TCBInfo>;

/** What the quoting enclave of a kind of platform looks like. */
export const QEIdentity = struct("pcs.QEIdentity", {
  id: text,
  version: i64Number,
  issueDate: named("issueDate", text),
  nextUpdate: named("nextUpdate", text),
  tcbEvaluationDataNumber: named("tcbEvaluationDataNumber", u32),
  miscselect: text,
  miscselectMask: named("miscselectMask", text),
  attributes: text,
  attributesMask: named("attributesMask", text),
  mrsigner: text,
  isvprodid: u16,
  tcbLevels: named("tcbLevels", list(EnclaveTCBLevel)),
  advisoryIds: named("advisoryIDs", optional(list(i64Number))),
});
export type QEIdentity = TypeOf<typeof QEIdentity>;

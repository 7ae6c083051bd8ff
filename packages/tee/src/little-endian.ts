// Integers of Intel's structures. The caller has checked that they are there.

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function u16At(bytes: Uint8Array, offset: number): number {
  return view(bytes).getUint16(offset, true);
}

export function u32At(bytes: Uint8Array, offset: number): number {
  return view(bytes).getUint32(offset, true);
}

export function u64At(bytes: Uint8Array, offset: number): bigint {
  return view(bytes).getBigUint64(offset, true);
}

export function putU16(bytes: Uint8Array, offset: number, value: number): void {
  view(bytes).setUint16(offset, value, true);
}

export function putU32(bytes: Uint8Array, offset: number, value: number): void {
  view(bytes).setUint32(offset, value, true);
}

export function putU64(bytes: Uint8Array, offset: number, value: bigint): void {
  view(bytes).setBigUint64(offset, value, true);
}

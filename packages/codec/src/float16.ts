// IEEE 754 half precision. (Math.f16round is younger than our oldest Node.)

const view = new DataView(new ArrayBuffer(4));

/** The number that 16 bits stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The 16 bits that hold `value` exactly, or undefined; every NaN is 0x7e00. */
export function float16Bits(value: number): number | undefined {
  if (Number.isNaN(value)) return 0x7e00;
  if (Math.fround(value) !== value) return undefined;
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00;
  if (exponent === 0) return fraction === 0 ? sign : undefined;
  const shifted = exponent - 127;
  if (shifted > 15 || shifted < -24) return undefined;
  if (shifted >= -14) return fraction & 0x1fff ? undefined : sign | ((shifted + 15) << 10) | (fraction >>> 13);
  // Subnormal: the value is a multiple of 2^-24.
  const drop = -1 - shifted;
  const whole = fraction | 0x800000;
  return whole & ((1 << drop) - 1) ? undefined : sign | (whole >>> drop);
}

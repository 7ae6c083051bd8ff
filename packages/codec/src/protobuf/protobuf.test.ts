import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromHex, isError, toHex, WadiError, type ErrorKind } from "@wadi/util";
import * as proto from "./index.ts";

const Inner = proto.message("Inner", { total: proto.uint32(1), hash: proto.hex(2) });

const All = proto.message("All", {
  u32: proto.uint32(1),
  i32: proto.int32(2),
  u64: proto.uint64(3),
  i64: proto.int64(4),
  height: proto.int64Number(5),
  count: proto.uint64Number(6),
  fixed: proto.sfixed64(7),
  flag: proto.bool(8),
  text: proto.string(9),
  blob: proto.bytes(10),
  inner: proto.required(11, Inner),
  maybe: proto.optional(12, Inner),
  list: proto.repeated(13, Inner),
  blobs: proto.repeatedBytes(14),
  words: proto.packedUint64(15),
  time: proto.timestamp(16),
  period: proto.duration(17),
  choice: proto.oneof({
    raw: proto.memberBytes(18),
    message: proto.memberMessage(19, Inner),
    key: proto.memberHex(20),
  }),
  names: proto.repeatedString(21),
  small: proto.enumByte(22),
});
type All = proto.Infer<typeof All>;

const plain = { noNullPrototype: true };
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const blob = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: "binary", maxLength: 12 });
const inner = fc.record({ total: uint32, hash: blob.map(toHex) }, plain);
const time = fc.bigInt({ min: proto.GO_ZERO_TIME, max: 253_402_300_799_999_999_999n });

const all: fc.Arbitrary<All> = fc.record(
  {
    u32: uint32,
    i32: int32,
    u64: uint64,
    i64: int64,
    height: fc.maxSafeInteger(),
    count: fc.maxSafeNat(),
    fixed: int64,
    flag: fc.boolean(),
    text,
    blob,
    inner,
    maybe: fc.option(inner, { nil: undefined }),
    list: fc.array(inner, { maxLength: 4 }),
    blobs: fc.array(blob, { maxLength: 4 }),
    words: fc.array(uint64, { maxLength: 4 }),
    time,
    period: int64,
    choice: fc.oneof(
      fc.constant(undefined),
      fc.record({ case: fc.constant("raw" as const), value: blob }, plain),
      fc.record({ case: fc.constant("message" as const), value: inner }, plain),
      fc.record({ case: fc.constant("key" as const), value: blob.map(toHex) }, plain),
    ),
    names: fc.array(text, { maxLength: 3 }),
    small: fc.integer({ min: 0, max: 255 }),
  },
  plain,
);

/** Every field of a message as protobuf text knows it: number, wire type, raw content. */
function fieldsOf(bytes: Uint8Array): { number: number; wireType: number; content: string }[] {
  const out: { number: number; wireType: number; content: string }[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes[at++] ?? assert.fail("short"));
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const start = at;
    let contentAt = start;
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 1) at += 8;
    else {
      const length = Number(varint());
      contentAt = at;
      at += length;
    }
    out.push({ number: tag >> 3, wireType: tag & 7, content: toHex(bytes.subarray(contentAt, at)) });
  }
  return out;
}

const refuses = (kind: ErrorKind, hex: string, path?: string, offset?: number): void => {
  assert.throws(
    () => All.decode(fromHex(hex)),
    (e) => {
      assert.ok(isError(e, kind), `${hex}: ${String(e)}`);
      const { data } = e as WadiError;
      if (path !== undefined) assert.equal(data?.["path"], path);
      if (offset !== undefined) assert.equal(data?.["offset"], offset);
      return true;
    },
    hex,
  );
};

/** Only one field set, as hex without the parts that are always written. */
const form = (init: Partial<All>): string => {
  const always = toHex(All.encode(All.create()));
  assert.equal(always, `5a00` + `8201` + `0b` + `088092b8c398feffffff01` + `8a0100`);
  return toHex(All.encode(All.create(init)));
};
const TAIL = "5a0082010b088092b8c398feffffff018a0100";

describe("protobuf encoding", () => {
  it("gives back every message", () => {
    fc.assert(
      fc.property(all, (value) => assert.deepEqual(All.decode(All.encode(value)), value)),
      { numRuns: 500 },
    );
  });

  it("is canonical: what it decodes from its own output it writes the same", () => {
    fc.assert(
      fc.property(all, (value) => {
        const bytes = All.encode(value);
        assert.equal(toHex(All.encode(All.decode(bytes))), toHex(bytes));
      }),
    );
  });

  it("writes fields in ascending order and leaves zeros out", () => {
    fc.assert(
      fc.property(all, (value) => {
        const fields = fieldsOf(All.encode(value));
        const numbers = fields.map((field) => field.number);
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
        const present = (number: number): boolean => numbers.includes(number);
        assert.equal(present(1), value.u32 !== 0);
        assert.equal(present(4), value.i64 !== 0n);
        assert.equal(present(7), value.fixed !== 0n);
        assert.equal(present(8), value.flag);
        assert.equal(present(9), value.text !== "");
        assert.equal(present(10), value.blob.length > 0);
        for (const number of [11, 16, 17]) assert.ok(present(number), `${number} is always written`);
        assert.equal(present(12), value.maybe !== undefined);
        assert.equal(numbers.filter((number) => number === 13).length, value.list.length);
        assert.equal(numbers.filter((number) => number === 14).length, value.blobs.length);
        assert.equal(numbers.filter((number) => number === 15).length, value.words.length > 0 ? 1 : 0);
        assert.equal([18, 19, 20].filter(present).length, value.choice === undefined ? 0 : 1);
      }),
    );
  });

  it("writes negative integers as ten bytes and sfixed64 little endian", () => {
    assert.equal(form({ i32: -1 }), `10ffffffffffffffffff01${TAIL}`);
    assert.equal(form({ i64: -(1n << 63n) }), `2080808080808080808001${TAIL}`);
    assert.equal(form({ height: -2 }), `28feffffffffffffffff01${TAIL}`);
    assert.equal(form({ u64: (1n << 64n) - 1n }), `18ffffffffffffffffff01${TAIL}`);
    assert.equal(form({ fixed: -2n }), `39feffffffffffffff${TAIL}`);
    assert.equal(form({ count: Number.MAX_SAFE_INTEGER }), `30ffffffffffffff0f${TAIL}`);
  });

  it("always writes non-nullable messages, times and durations", () => {
    const epoch = toHex(All.encode(All.create({ time: 0n })));
    assert.equal(epoch, "5a008201008a0100");
    const negative = "8a0116" + "08ffffffffffffffffff01" + "1080b6ca91feffffffff01";
    assert.equal(form({ period: -1_500_000_000n }), TAIL.slice(0, -6) + negative);
    assert.equal(form({ list: [Inner.create()] }), "5a006a00" + TAIL.slice(4));
    assert.equal(form({ maybe: Inner.create() }), "5a006200" + TAIL.slice(4));
  });

  it("writes a set oneof member also when it is empty", () => {
    assert.equal(form({ choice: { case: "raw", value: new Uint8Array(0) } }), `${TAIL}920100`);
  });

  it("grows its buffer in front of any kind of value", () => {
    for (const size of [200, 230, 240, 250, 255, 256, 257, 300, 5000]) {
      const value = All.create({
        blob: new Uint8Array(size).fill(7),
        i64: -1n,
        height: -1,
        u64: 1n << 63n,
        fixed: -5n,
      });
      assert.deepEqual(All.decode(All.encode(value)), value, `${size}`);
    }
  });

  it("refuses values of the program that have no form", () => {
    assert.throws(() => All.encode(All.create({ time: proto.GO_ZERO_TIME - 1n })), RangeError);
    assert.throws(() => All.encode(All.create({ inner: { total: 0, hash: "abc" } })), RangeError);
    assert.throws(() => All.encode(All.create({ inner: { total: 0, hash: "zz" } })), RangeError);
    assert.throws(() => All.encode(All.create({ text: "\ud800" })), RangeError);
  });
});

describe("protobuf decoding", () => {
  it("takes fields in any order, the last one wins", () => {
    assert.equal(All.decode(fromHex("1002" + "0805" + "0807")).u32, 7);
    assert.equal(All.decode(fromHex("1002" + "0805" + "0807")).i32, 2);
    assert.equal(toHex(All.decode(fromHex("520101" + "5200")).blob), "");
  });

  it("merges occurrences of one message, appends lists, replaces oneofs and times", () => {
    assert.deepEqual(All.decode(fromHex("5a020805" + "5a0312010a")).inner, { total: 5, hash: "0a" });
    assert.deepEqual(All.decode(fromHex("62020805" + "620312010a")).maybe, { total: 5, hash: "0a" });
    assert.deepEqual(All.decode(fromHex("6a020805" + "6a00")).list, [
      { total: 5, hash: "" },
      { total: 0, hash: "" },
    ]);
    assert.deepEqual(All.decode(fromHex("9a01020805" + "9a0100")).choice, { case: "message", value: Inner.create() });
    assert.deepEqual(All.decode(fromHex("9a01020805" + "92010101")).choice, { case: "raw", value: Uint8Array.of(1) });
    assert.equal(All.decode(fromHex("8201020805" + "8201021005")).time, 5n);
  });

  it("does not share what it merged with another message", () => {
    const list = proto.message("Outer", {
      items: proto.repeated(1, proto.message("L", { words: proto.packedUint64(1) })),
    });
    const { items } = list.decode(fromHex("0a020801" + "0a020802"));
    assert.deepEqual(items, [{ words: [1n] }, { words: [2n] }]);
  });

  it("skips unknown fields of every wire type, groups with their content", () => {
    for (const unknown of [
      "f80601",
      "f90600000000000000aa",
      "fa0602abcd",
      "fd0600000000",
      "fb06fc06",
      "fb06fb060801fc06fc06",
    ]) {
      assert.equal(All.decode(fromHex(`${unknown}0805`)).u32, 5, unknown);
    }
  });

  it("takes varints that are longer than needed and cuts to the width of the field", () => {
    assert.equal(All.decode(fromHex("088500")).u32, 5);
    assert.equal(All.decode(fromHex("08ffffffffffffffffff01")).u32, 0xffff_ffff);
    assert.equal(All.decode(fromHex("1080808080f8ffffffff01")).i32, -(2 ** 31));
    assert.equal(All.decode(fromHex("18ffffffffffffffffff7f")).u64, (1n << 64n) - 1n);
    assert.equal(All.decode(fromHex("4080808080808080808001")).flag, true);
    assert.equal(All.decode(fromHex("b0018202")).small, 2);
  });

  it("takes packed and single elements, and one that runs over the packed end", () => {
    assert.deepEqual(All.decode(fromHex("7801" + "7a0202ac02" + "")).words, [1n, 2n, 300n]);
  });

  it("keeps text that is not UTF-8", () => {
    for (const raw of ["ff", "61ff62", "eda080", "f4908080", "c0af", "e282", "ed9fbf", "efbbbf61", "f09f9880c3"]) {
      const bytes = fromHex(`4a${(raw.length / 2).toString(16).padStart(2, "0")}${raw}`);
      const value = All.decode(bytes);
      assert.equal(toHex(All.encode(value)).slice(0, bytes.length * 2), toHex(bytes), raw);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (raw) => {
        assert.equal(toHex(proto.bytesFromText(proto.textFromBytes(raw))), toHex(raw));
      }),
      { numRuns: 2000 },
    );
  });

  it("shares no memory with its input", () => {
    const input = fromHex("520101");
    const { blob: kept } = All.decode(input);
    input.fill(9);
    assert.equal(toHex(kept), "01");
    const pooled = Buffer.from("520101", "hex");
    assert.equal(Object.getPrototypeOf(All.decode(pooled).blob), Uint8Array.prototype);
  });

  it("says what is wrong and where", () => {
    refuses(proto.ErrTruncated, "08", "All.u32", 1);
    refuses(proto.ErrTruncated, "5205", "All.blob", 2);
    refuses(proto.ErrTruncated, "5a0308", "All.inner");
    refuses(proto.ErrTruncated, "5a0208", "All.inner");
    refuses(proto.ErrTruncated, "5a0112", "All.inner.hash", 3);
    refuses(proto.ErrTruncated, "9a010108", "All.message.total", 4);
    refuses(proto.ErrTruncated, "390000", "All.fixed");
    refuses(proto.ErrTruncated, "f906", "All");
    refuses(proto.ErrVarintOverflow, "08ffffffffffffffffffff01", "All.u32", 11);
    refuses(proto.ErrVarintOverflow, "ffffffffffffffffffffff01");
    refuses(proto.ErrInvalidLength, "52ffffffffffffffffff01", "All.blob");
    refuses(proto.ErrInvalidLength, "fa06ffffffffffffffffff01");
    refuses(proto.ErrWrongWireType, "0a00", "All.u32");
    refuses(proto.ErrWrongWireType, "5001", "All.blob");
    refuses(proto.ErrWrongWireType, "5801", "All.inner");
    refuses(proto.ErrWrongWireType, "0b0c", "All.u32");
    refuses(proto.ErrWrongWireType, "820102" + "0a00", "All.time.seconds");
    refuses(proto.ErrIllegalTag, "00");
    refuses(proto.ErrIllegalTag, "fe0600");
    refuses(proto.ErrIllegalTag, "fb06fe06");
    refuses(proto.ErrIllegalTag, "808080808001");
    refuses(proto.ErrInvalidGroup, "fc06");
    refuses(proto.ErrInvalidGroup, "fb06");
    refuses(proto.ErrIntegerRange, "2880808080808080" + "10", "All.height");
    refuses(proto.ErrIntegerRange, "30ffffffffffffffffff01", "All.count");
    refuses(proto.ErrInvalidTimestamp, "820107" + "08ffffffffff7f", "All.time");
    refuses(proto.ErrInvalidTimestamp, "820106" + "1080a8d6b907".slice(0, 12), "All.time");
    refuses(proto.ErrInvalidTimestamp, "82010b" + "10ffffffffffffffffff01", "All.time");
    refuses(proto.ErrInvalidDuration, "8a010d" + "0801" + "10ffffffffffffffffff01", "All.period");
  });

  it("takes no more elements than the schema allows", () => {
    const Short = proto.message("Short", { list: proto.repeated(1, Inner, 3) });
    assert.equal(Short.decode(fromHex("0a00".repeat(3))).list.length, 3);
    const refused = (): unknown => Short.decode(fromHex("0a00".repeat(4)));
    assert.throws(refused, (e) => isError(e, proto.ErrTooManyElements));
  });

  it("does not allocate what a length claims", () => {
    const before = process.memoryUsage().arrayBuffers;
    refuses(proto.ErrTruncated, "52ffffffff07");
    refuses(proto.ErrTruncated, "7affffffff07");
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  });

  it("refuses every cut of a message or reads a shorter one, never anything else", () => {
    fc.assert(
      fc.property(all, fc.nat(), (value, cut) => {
        const bytes = All.encode(value);
        try {
          All.decode(bytes.subarray(0, cut % bytes.length));
        } catch (e) {
          assert.ok(e instanceof WadiError, String(e));
        }
      }),
    );
  });

  it("survives groups nested a hundred thousand deep", () => {
    const depth = 100_000;
    const bytes = fromHex("fb06".repeat(depth) + "fc06".repeat(depth) + "0805");
    assert.equal(All.decode(bytes).u32, 5);
  });
});

describe("delimited messages", () => {
  it("gives back value and size", () => {
    const bytes = proto.encodeDelimited(Inner, { total: 5, hash: "0a" });
    assert.equal(toHex(bytes), "05080512010a");
    const behind = Uint8Array.of(...bytes, 1, 2);
    assert.deepEqual(proto.decodeDelimited(Inner, behind, 100), { value: { total: 5, hash: "0a" }, size: 6 });
  });

  it("refuses a length above the limit before anything else", () => {
    const refused = (hex: string, kind: ErrorKind): void =>
      assert.throws(
        () => proto.decodeDelimited(Inner, fromHex(hex), 4),
        (e) => isError(e, kind),
      );
    refused("05080512010a", proto.ErrMessageTooLarge);
    refused("ffffffffffffffffff01", proto.ErrMessageTooLarge);
    refused("0408", proto.ErrTruncated);
    refused("", proto.ErrTruncated);
  });
});

describe("schemas", () => {
  it("refuses a field number that is used twice", () => {
    assert.throws(() => proto.message("Twice", { a: proto.uint32(1), b: proto.bytes(1) }), RangeError);
  });

  it("refuses a field between the members of a oneof, whose place on the wire would be unclear", () => {
    const either = proto.oneof({ a: proto.memberBytes(1), c: proto.memberBytes(3) });
    assert.throws(() => proto.message("Between", { either, b: proto.bytes(2) }), RangeError);
  });
});

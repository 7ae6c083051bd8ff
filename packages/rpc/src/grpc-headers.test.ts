import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";

import { answerTypeOf, refusalOf, timeoutMsOf, trailersOf } from "./grpc-headers.ts";

const sound = { ":method": "POST", "content-type": "application/grpc+cbor" };

test("what is no call is refused with a status of HTTP and of gRPC", () => {
  assert.equal(refusalOf(sound), undefined);
  for (const type of ["application/grpc", "application/grpc;cbor", "application/grpc+proto"]) {
    assert.equal(refusalOf({ ...sound, "content-type": type }), undefined, type);
  }
  for (const [headers, httpStatus, code] of [
    [{ ":method": "POST" }, 415, status.INVALID_ARGUMENT],
    [{ ...sound, "content-type": "text/plain" }, 415, status.INVALID_ARGUMENT],
    [{ ...sound, "content-type": "application/grpcweb" }, 415, status.INVALID_ARGUMENT],
    [{ ...sound, "grpc-timeout": "soon" }, 400, status.INTERNAL],
    [{ ...sound, "grpc-timeout": "123456789S" }, 400, status.INTERNAL],
    [{ ...sound, ":method": "GET" }, 405, status.INTERNAL],
  ] as const) {
    const refusal = refusalOf(headers);
    assert.deepEqual([refusal?.httpStatus, refusal?.code], [httpStatus, code], JSON.stringify(headers));
  }
});

test("the answer has the caller's subtype", () => {
  for (const [type, answer] of [
    ["application/grpc", "application/grpc"],
    ["application/grpc+cbor", "application/grpc+cbor"],
    ["application/grpc;CBOR", "application/grpc+cbor"],
    [undefined, "application/grpc"],
  ] as const) {
    assert.equal(answerTypeOf(type === undefined ? {} : { "content-type": type }), answer);
  }
});

test("timeouts", () => {
  for (const [text, ms] of [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["99999999m", 99_999_999],
    ["5000u", 5],
    ["0n", 0],
    ["5", undefined],
    ["-5m", undefined],
    ["5x", undefined],
    ["", undefined],
  ] as const) {
    assert.equal(timeoutMsOf({ "grpc-timeout": text }), ms, text);
  }
  assert.equal(timeoutMsOf({}), undefined);
});

test("a status in header fields: text percent-encoded, details in base64 without padding", () => {
  assert.deepEqual(trailersOf({ code: status.OK, message: "" }), { "grpc-status": "0", "grpc-message": "" });
  const message = 'a "b" ~ 100%\n\u00e9\u{1f600}\ud800';
  assert.deepEqual(trailersOf({ code: status.UNKNOWN, message, details: Buffer.from([1, 2, 255, 4]) }), {
    "grpc-status": "2",
    "grpc-message": 'a "b" ~ 100%25%0A%C3%A9%F0%9F%98%80%EF%BF%BD',
    "grpc-status-details-bin": "AQL/BA",
  });
});

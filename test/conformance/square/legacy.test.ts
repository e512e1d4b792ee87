import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { ApiError, Client, Environment } from "square/legacy";
import { startTestServer } from "../../test-server.ts";

test("the legacy SDK pays, refunds and is refused", async () => {
  const server = await startTestServer();
  try {
    const client = new Client({
      bearerAuthCredentials: { accessToken: `sk_test_legacy_${randomUUID()}` },
      environment: Environment.Custom,
      customUrl: server.url,
    });
    const amountMoney = { amount: 1000n, currency: "USD" };
    const paid = await client.paymentsApi.createPayment({ sourceId: "cnon:card-nonce-ok", idempotencyKey: randomUUID(), amountMoney });
    const paymentId = paid.result.payment?.id ?? "";
    const { result } = await client.refundsApi.refundPayment({ idempotencyKey: randomUUID(), amountMoney, paymentId });
    assert.equal(result.refund?.status, "PENDING");
    assert.deepEqual(result.refund?.amountMoney, amountMoney);
    const read = await client.paymentsApi.getPayment(paymentId);
    assert.deepEqual(read.result.payment?.refundIds, [result.refund?.id]);
    await assert.rejects(client.refundsApi.refundPayment({ idempotencyKey: randomUUID(), amountMoney, paymentId }), (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.statusCode, 400);
      assert.equal(Object(error.errors)[0]?.code, "REFUND_AMOUNT_INVALID");
      return true;
    });
  } finally {
    await server.stop();
  }
});

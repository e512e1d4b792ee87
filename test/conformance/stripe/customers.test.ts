/** Customers (Stripe's API reference: Customers). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { expanded, member, openDesk, refused, said, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const none = (id: string, more: { readonly param: string; readonly status: number }) => said(`No such customer: '${id}'`, { code: "resource_missing", ...more });

test("a customer is created with all that is told of him, and retrieved as he was created", async () => {
  const { customers } = desk.stripe;
  const created = await customers.create({
    email: "ada@example.com",
    name: "Ada é",
    phone: "+33 1",
    description: "first",
    metadata: { order: "1" },
    address: { city: "Paris", line1: "1 rue" },
    shipping: { name: "Ada", address: { city: "Lyon" } },
  });
  assert.match(created.id, /^cus_[0-9A-Za-z]{24}$/);
  assert.deepEqual([created.object, created.email, created.name, created.phone, created.description, created.metadata], ["customer", "ada@example.com", "Ada é", "+33 1", "first", { order: "1" }]);
  assert.deepEqual(created.address, { city: "Paris", country: null, line1: "1 rue", line2: null, postal_code: null, state: null });
  assert.deepEqual([created.shipping?.name, created.shipping?.address?.city, created.shipping?.phone], ["Ada", "Lyon", null]);
  assert.deepEqual(created.invoice_settings, { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null });
  assert.deepEqual([created.balance, created.delinquent, created.livemode, created.default_source, created.tax_exempt], [0, false, false, null, "none"]);
  assert.deepEqual(await customers.retrieve(created.id), created);
  const bare = await customers.create();
  assert.deepEqual([bare.email, bare.name, bare.address, bare.shipping, bare.metadata], [null, null, null, null, {}]);
});

test("an update changes what it names, and an empty text takes away", async () => {
  const { customers } = desk.stripe;
  const { id } = await customers.create({ email: "a@example.com", name: "A", phone: "1", address: { city: "Paris", line1: "1 rue" }, metadata: { a: "1", b: "2" } });
  const updated = await customers.update(id, { name: "B", address: { city: "Lyon" }, metadata: { a: "", c: "3" } });
  assert.deepEqual([updated.email, updated.name, updated.phone, updated.metadata], ["a@example.com", "B", "1", { b: "2", c: "3" }]);
  assert.deepEqual([updated.address?.city, updated.address?.line1], ["Lyon", "1 rue"]);
  const cleared = await customers.update(id, { email: "", phone: "", address: "", metadata: "" });
  assert.deepEqual([cleared.email, cleared.phone, cleared.address, cleared.metadata, cleared.name], [null, null, null, {}, "B"]);
  assert.deepEqual((await customers.list({ email: "a@example.com" })).data.filter((one) => one.id === id), []);
});

test("a customer who was deleted is only known by his id, and named no more", async () => {
  const { customers, charges } = desk.stripe;
  const { id } = await customers.create({ email: "gone@example.com", payment_method: "pm_card_visa", invoice_settings: { default_payment_method: "pm_card_visa" } });
  const charge = await charges.create({ amount: 1000, currency: "usd", customer: id });
  assert.deepEqual({ ...(await customers.del(id)) }, { id, object: "customer", deleted: true });
  assert.deepEqual({ ...(await customers.retrieve(id)) }, { id, object: "customer", deleted: true });
  const missing = none(id, { param: "id", status: 404 });
  assert.deepEqual(await refused(customers.del(id)), missing);
  assert.deepEqual(await refused(customers.update(id, { name: "x" })), missing);
  assert.deepEqual(await refused(customers.listPaymentMethods(id)), missing);
  assert.deepEqual(await refused(charges.create({ amount: 1000, currency: "usd", customer: id })), none(id, { param: "customer", status: 400 }));
  assert.deepEqual(await refused(desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd", customer: id })), none(id, { param: "customer", status: 400 }));
  const old = await charges.retrieve(charge.id, { expand: ["customer"] });
  assert.deepEqual({ ...expanded(old.customer) }, { id, object: "customer", deleted: true });
  assert.equal((await desk.stripe.refunds.create({ charge: charge.id })).customer, id, "what he paid is refunded all the same");
});

test("customers are listed newest first, by email, by time and by page; a deleted one is a cursor still", async () => {
  const own = openDesk(server);
  const { customers } = own.stripe;
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.unshift((await customers.create({ email: i % 2 === 0 ? "even@example.com" : "odd@example.com" })).id);
  const seen: string[] = [];
  for await (const { id } of customers.list({ limit: 2 })) seen.push(id);
  assert.deepEqual(seen, made);
  const even = await customers.list({ email: "even@example.com" });
  assert.deepEqual([even.data.map(({ id }) => id), even.has_more, even.url], [[made[0], made[2], made[4]], false, "/v1/customers"]);
  assert.deepEqual((await customers.list({ email: "EVEN@example.com" })).data, []);
  assert.deepEqual((await customers.list({ created: { lt: 1000 } })).data, []);
  const deleted = made[2] ?? "";
  await customers.del(deleted);
  assert.deepEqual((await customers.list({ starting_after: deleted })).data.map(({ id }) => id), [made[3], made[4]]);
  assert.deepEqual((await customers.list({ ending_before: deleted })).data.map(({ id }) => id), [made[0], made[1]]);
  assert.deepEqual((await customers.list({ email: "even@example.com" })).data.map(({ id }) => id), [made[0], made[4]]);
  assert.deepEqual(await refused(customers.list({ starting_after: "cus_aaa" })), none("cus_aaa", { param: "starting_after", status: 400 }));
  assert.deepEqual((await openDesk(server).stripe.customers.list()).data, [], "another merchant has none");
});

test("unknown customers are not found, wherever they are named", async () => {
  const { stripe } = desk;
  const stranger = (await openDesk(server).stripe.customers.create()).id;
  const method = (await stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } })).id;
  for (const id of ["cus_nope", stranger, method.replace("pm_", "cus_")]) {
    const atPath = none(id, { param: "id", status: 404 });
    for (const work of [() => stripe.customers.retrieve(id), () => stripe.customers.update(id, { name: "x" }), () => stripe.customers.del(id), () => stripe.customers.listPaymentMethods(id)]) {
      assert.deepEqual(await refused(work()), atPath);
    }
    const inBody = none(id, { param: "customer", status: 400 });
    const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
    const intent = await stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
    const tries = [
      () => stripe.charges.create({ amount: 1000, currency: "usd", customer: id }),
      () => stripe.charges.update(charge.id, { customer: id }),
      () => stripe.charges.list({ customer: id }),
      () => stripe.paymentIntents.create({ amount: 1000, currency: "usd", customer: id }),
      () => stripe.paymentIntents.update(intent.id, { customer: id }),
      () => stripe.paymentIntents.list({ customer: id }),
      () => stripe.paymentMethods.attach(method, { customer: id }),
      () => stripe.paymentMethods.list({ customer: id }),
    ];
    for (const work of tries) assert.deepEqual(await refused(work()), inBody);
  }
});

test("what is preferred must be on file for the customer", async () => {
  const { customers, paymentMethods } = desk.stripe;
  const [ada, bob] = [await customers.create(), await customers.create()];
  const own = await paymentMethods.attach("pm_card_visa", { customer: ada.id });
  const others = await paymentMethods.attach("pm_card_visa", { customer: bob.id });
  const set = (id: string) => customers.update(ada.id, { invoice_settings: { default_payment_method: id }, expand: ["invoice_settings.default_payment_method"] });
  assert.equal(expanded((await set(own.id)).invoice_settings.default_payment_method).card?.last4, "4242");
  const param = "invoice_settings[default_payment_method]";
  const words = (id: string) => `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`;
  assert.deepEqual(await refused(set(others.id)), said(words(others.id), { param }));
  assert.deepEqual(await refused(customers.create({ invoice_settings: { default_payment_method: own.id } })), said(words(own.id), { param }));
  assert.deepEqual(await refused(set("pm_nope")), said("No such PaymentMethod: 'pm_nope'", { code: "resource_missing", param }));
  assert.equal((await customers.update(ada.id, { invoice_settings: { default_payment_method: "" } })).invoice_settings.default_payment_method, null);
});

test("what is not served of customers is refused by name, and an address of mail has a limit", async () => {
  for (const name of ["source", "balance", "tax_exempt", "test_clock"]) {
    const { status, json } = await desk.post("/v1/customers", { [name]: "x" });
    assert.deepEqual([status, member(json, "error", "param")], [400, name]);
  }
  assert.equal((await desk.post("/v1/customers", { email: "e".repeat(512) })).status, 200);
  assert.deepEqual((await refused(desk.stripe.customers.create({ email: "e".repeat(513) }))).param, "email");
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "v"]));
  const { id } = await desk.stripe.customers.create({ metadata: many });
  assert.deepEqual([(await refused(desk.stripe.customers.update(id, { metadata: { more: "1" } }))).param], ["metadata"]);
});

test("the same key creates one customer, and keeps the answer that it gave", async () => {
  const { customers } = desk.stripe;
  const idempotencyKey = "customer-once";
  const first = await customers.create({ name: "once" }, { idempotencyKey });
  await customers.update(first.id, { name: "changed" });
  assert.deepEqual(await customers.create({ name: "once" }, { idempotencyKey }), first);
  assert.equal((await refused(customers.create({ name: "other" }, { idempotencyKey }))).message, "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'customer-once' if you meant to execute a different request.");
});

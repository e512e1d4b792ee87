/**
 * What every dialect does alike, whatever its words are: a payment goes back in parts, never twice and never beyond what was captured, and nobody learns of another merchant's. A
 * dialect is held to it by a test file of its own, which says how it asks and how it answers.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { freshKey, startTestServer, type Answer, type TestServer } from "../test-server.ts";

/** What one merchant asks of one dialect. Amounts are minor units; ids are as the dialect shows them. */
export type Till = {
  take(amount: number): Promise<string>;
  /** `amount` is put into the request as it is written here. */
  refund(payment: string, amount: string, key?: string): Promise<Answer>;
  payment(id: string): Promise<Answer>;
  getRefund(id: string): Promise<Answer>;
  /** A page of refunds, behind what the page before ended with. */
  list(page: { readonly limit: string; readonly after: string | null; readonly oldestFirst: boolean }): Promise<Answer>;
};

/** How it tells what it did. */
export type Told = {
  refundId(answer: Answer): string;
  refundedAmount(answer: Answer): number;
  /** Of a refund's answer. */
  amount(answer: Answer): number;
  /** The ids of a page, and what leads to the next one. */
  page(answer: Answer): { readonly ids: readonly string[]; readonly next: string | null };
  /** The words by which a refusal is known, in the order in which a caller would look: a code or a text. */
  exceeds: RegExp;
  nothingLeft: RegExp;
  unknownPayment(id: string): RegExp;
  unknownRefund(id: string): RegExp;
  otherRequest: RegExp;
  badAmount: RegExp;
};

export type UnderTest = {
  readonly name: string;
  readonly till: (server: TestServer, key: string) => Till;
  readonly told: Told;
  /** Ids that nobody has, one of them of no form at all. */
  readonly unknownPayments: readonly string[];
  readonly unknownRefunds: readonly string[];
  /** Whether a list can be walked from its oldest. */
  readonly walksBothWays: boolean;
};

const RACERS = 24;

export function dialectSuite({ name, till, told, unknownPayments, unknownRefunds, walksBothWays }: UnderTest): void {
  describe(`the dialect of ${name}`, () => {
    let server: TestServer;
    let mine: Till;
    before(async () => {
      server = await startTestServer();
    });
    after(() => server.stop());
    const open = () => till(server, freshKey());

    const refused = (answer: Answer, words: RegExp) => {
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`);
      assert.match(answer.text, words);
    };
    const done = (answer: Answer): Answer => {
      assert.equal(answer.status, 200, answer.text);
      return answer;
    };
    const refundedOf = async (id: string) => told.refundedAmount(done(await mine.payment(id)));

    it("refunds in parts until nothing is left, and tells how much it was at each step", async () => {
      mine = open();
      const id = await mine.take(1000);
      let refunded = 0;
      for (const amount of [1, 299, 700]) {
        const answer = done(await mine.refund(id, String(amount)));
        refunded += amount;
        assert.equal(told.amount(answer), amount);
        assert.equal(await refundedOf(id), refunded);
        assert.equal(told.amount(done(await mine.getRefund(told.refundId(answer)))), amount);
      }
      refused(await mine.refund(id, "1"), told.nothingLeft);
      assert.equal(await refundedOf(id), 1000);
    });

    it("refuses what is more than is left, and leaves it as it was", async () => {
      mine = open();
      const id = await mine.take(1000);
      refused(await mine.refund(id, "1001"), told.exceeds);
      done(await mine.refund(id, "600"));
      refused(await mine.refund(id, "401"), told.exceeds);
      assert.equal(await refundedOf(id), 600);
      done(await mine.refund(id, "400"));
    });

    it("lets no race give back more than was captured, nor refuse what still fits", async () => {
      mine = open();
      const id = await mine.take(1000);
      const answers = await Promise.all(Array.from({ length: RACERS }, () => mine.refund(id, "300")));
      const won = answers.filter(({ status }) => status === 200);
      assert.equal(won.length, 3);
      for (const lost of answers.filter(({ status }) => status !== 200)) refused(lost, told.exceeds);
      assert.equal(await refundedOf(id), 900);
      assert.equal(new Set(won.map((answer) => told.refundId(answer))).size, 3);
    });

    it("answers a key with the bytes of the first time, also where many ask at once, and refunds once", async () => {
      mine = open();
      const id = await mine.take(1000);
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: RACERS }, () => mine.refund(id, "300", key)));
      assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
      assert.equal(done(await mine.refund(id, "300", key)).text, answers[0]?.text);
      assert.equal(await refundedOf(id), 300);
    });

    it("binds a key to its request, also where that was refused, and not where it could not be read", async () => {
      mine = open();
      const id = await mine.take(1000);
      const [used, declined, free] = [randomUUID(), randomUUID(), randomUUID()];
      done(await mine.refund(id, "300", used));
      refused(await mine.refund(id, "301", used), told.otherRequest);
      refused(await mine.refund(id, "1000", declined), told.exceeds);
      refused(await mine.refund(id, "1000", declined), told.exceeds);
      refused(await mine.refund(id, "1", declined), told.otherRequest);
      refused(await mine.refund(id, "0", free), told.badAmount);
      done(await mine.refund(id, "1", free));
      assert.equal(await refundedOf(id), 301);
    });

    it("keeps the keys of merchants apart", async () => {
      const key = randomUUID();
      for (const one of [open(), open()]) {
        mine = one;
        const id = await mine.take(1000);
        done(await mine.refund(id, "300", key));
        assert.equal(await refundedOf(id), 300);
      }
    });

    it("refuses amounts that are none, and rounds nothing", async () => {
      mine = open();
      const id = await mine.take(1000);
      for (const amount of ["0", "-1", "1.5", "9007199254740993", "99999999999999999999999999", "many"]) refused(await mine.refund(id, amount), told.badAmount);
      assert.equal(await refundedOf(id), 0);
    });

    it("finds no payment and no refund that there is not", async () => {
      mine = open();
      for (const id of unknownPayments) {
        refused(await mine.refund(id, "1"), told.unknownPayment(id));
        refused(await mine.payment(id), told.unknownPayment(id));
      }
      for (const id of unknownRefunds) refused(await mine.getRefund(id), told.unknownRefund(id));
    });

    it("answers of what is another merchant's as of what nobody has", async () => {
      mine = open();
      const id = await mine.take(1000);
      const refund = told.refundId(done(await mine.refund(id, "100")));
      const stranger = open();
      refused(await stranger.refund(id, "1"), told.unknownPayment(id));
      refused(await stranger.payment(id), told.unknownPayment(id));
      refused(await stranger.getRefund(refund), told.unknownRefund(refund));
      assert.deepEqual(told.page(done(await stranger.list({ limit: "10", after: null, oldestFirst: false }))), { ids: [], next: null });
      assert.equal(await refundedOf(id), 100);
    });

    it("lists every refund once, newest first, whatever the size of the page", async () => {
      mine = open();
      const id = await mine.take(1000);
      const made: string[] = [];
      for (let i = 1; i <= 7; i++) made.unshift(told.refundId(done(await mine.refund(id, String(i)))));
      for (const limit of ["1", "2", "3", "7", "100"]) {
        for (const oldestFirst of walksBothWays ? [false, true] : [false]) {
          assert.deepEqual(await walk(limit, oldestFirst), oldestFirst ? made.toReversed() : made);
        }
      }
      assert.deepEqual(told.page(done(await mine.list({ limit: "101", after: null, oldestFirst: false }))), { ids: made, next: null }, "a greater limit is cut, not refused");
      assert.ok((await mine.list({ limit: "many", after: null, oldestFirst: false })).status === 400);
      assert.ok((await mine.list({ limit: "2", after: "nonsense", oldestFirst: false })).status === 400);
    });

    async function walk(limit: string, oldestFirst: boolean): Promise<string[]> {
      const found: string[] = [];
      let next: string | null = null;
      do {
        const page = told.page(done(await mine.list({ limit, after: next, oldestFirst })));
        assert.ok(page.ids.length <= Number(limit));
        found.push(...page.ids);
        next = page.next;
      } while (next !== null);
      return found;
    }
  });
}

/** `expand[]`: which links of an answer are to be followed, checked against what each object links to. */
import { NO_EXTRAS, type Extras } from "../../engine/views.ts";
import { malformed, type Malformed } from "./problem.ts";

/** The expanded links of one object, and below each the expanded links of what it leads to. */
export type Expand = ReadonlyMap<string, Expand>;

export const NO_EXPAND: Expand = new Map();

/** The objects that can be answered with; `nothing` is a link that is always null here, and `source` leads to whatever money moved for. */
export type ObjectName =
  | "charge" | "payment_intent" | "refund" | "dispute" | "payment_method" | "balance_transaction" | "balance" | "payment_record" | "payment_attempt_record"
  | "account" | "application_fee" | "fee_refund" | "transfer" | "transfer_reversal" | "customer" | "deleted_customer" | "cash_balance" | "customer_cash_balance_transaction" | "event" | "webhook_endpoint" | "deleted_webhook_endpoint" | "invoice_settings" | "source" | "nothing";

const DEPTH_MAX = 4;
const LISTED_REFUNDS = 10;

type Members = { readonly links: Readonly<Record<string, ObjectName>>; readonly plain: string };

/** Where links lead, and which other members there are: an error tells the two apart. */
const LINKS: Readonly<Record<Exclude<ObjectName, "source">, Members>> = {
  charge: {
    links: {
      application_fee: "application_fee",
      balance_transaction: "balance_transaction",
      customer: "customer",
      failure_balance_transaction: "nothing",
      payment_intent: "payment_intent",
      refunds: "refund",
      review: "nothing",
      source_transfer: "transfer",
      transfer: "transfer",
    },
    plain: "id object amount amount_captured amount_refunded application application_fee_amount billing_details captured created currency description destination dispute disputed failure_code failure_message livemode metadata on_behalf_of outcome paid payment_method payment_method_details receipt_email receipt_url refunded shipping source status transfer_data transfer_group",
  },
  payment_intent: {
    links: {
      customer: "customer",
      latest_charge: "charge",
      payment_method: "payment_method",
      review: "nothing",
      source: "nothing",
    },
    plain: "id object amount amount_capturable amount_received application application_fee_amount on_behalf_of transfer_data transfer_group capture_method client_secret created currency description livemode metadata next_action payment_method_types status",
  },
  refund: {
    links: {
      balance_transaction: "balance_transaction",
      charge: "charge",
      customer: "customer",
      failure_balance_transaction: "balance_transaction",
      payment_intent: "payment_intent",
      payment_method: "payment_method",
      source_transfer_reversal: "transfer_reversal",
      transfer_reversal: "transfer_reversal",
    },
    plain: "id object amount created currency destination_details metadata reason receipt_number status",
  },
  dispute: {
    links: { balance_transactions: "balance_transaction", charge: "charge", payment_intent: "payment_intent" },
    plain: "id object amount created currency evidence evidence_details is_charge_refundable livemode metadata network_reason_code payment_method_details reason status",
  },
  payment_method: { links: { customer: "customer" }, plain: "id object billing_details card created livemode metadata type" },
  balance_transaction: {
    links: { source: "source" },
    plain: "id object amount available_on balance_type created currency description exchange_rate fee fee_details net reporting_category status type",
  },
  balance: { links: {}, plain: "object available livemode pending refund_and_dispute_prefunding" },
  payment_record: { links: {}, plain: "id object amount application created customer_details description latest_payment_attempt_record livemode metadata payment_method_details processor_details reported_by" },
  payment_attempt_record: { links: {}, plain: "id object amount application created customer_details description livemode metadata payment_method_details payment_record processor_details reported_by" },
  customer: {
    links: { cash_balance: "cash_balance", default_source: "nothing", invoice_settings: "invoice_settings", test_clock: "nothing" },
    plain: "id object address balance created currency delinquent description discount email livemode metadata name phone preferred_locales shipping tax_exempt",
  },
  account: { links: {}, plain: "id object business_profile business_type capabilities charges_enabled country created default_currency details_submitted email metadata payouts_enabled type" },
  application_fee: {
    links: { account: "account", balance_transaction: "balance_transaction", charge: "charge", originating_transaction: "charge" },
    plain: "id object amount amount_refunded application created currency fee_source livemode refunded refunds",
  },
  fee_refund: { links: { balance_transaction: "balance_transaction", fee: "application_fee" }, plain: "id object amount created currency metadata" },
  transfer: {
    links: { balance_transaction: "balance_transaction", destination: "account", destination_payment: "charge", source_transaction: "charge" },
    plain: "id object amount amount_reversed created currency description livemode metadata reversals reversed source_type transfer_group",
  },
  transfer_reversal: {
    links: { balance_transaction: "balance_transaction", destination_payment_refund: "refund", source_refund: "refund", transfer: "transfer" },
    plain: "id object amount created currency metadata",
  },
  cash_balance: { links: {}, plain: "object available customer customer_account livemode settings" },
  customer_cash_balance_transaction: { links: { customer: "customer" }, plain: "id object created currency customer_account ending_balance funded livemode net_amount type" },
  deleted_customer: { links: {}, plain: "id object deleted" },
  event: { links: {}, plain: "id object account api_version created data livemode pending_webhooks request type" },
  webhook_endpoint: { links: {}, plain: "id object api_version application created description enabled_events livemode metadata secret status url" },
  deleted_webhook_endpoint: { links: {}, plain: "id object deleted" },
  // No object of its own, but a step on the way to one.
  invoice_settings: { links: { default_payment_method: "payment_method" }, plain: "custom_fields footer rendering_options" },
  nothing: { links: {}, plain: "" },
};

/** A list has sources of each kind: a link that one of them has is followed wherever it is. */
const SOURCES = [LINKS.charge, LINKS.refund, LINKS.dispute, LINKS.application_fee, LINKS.fee_refund, LINKS.transfer, LINKS.transfer_reversal];
const SOURCE: Members = { links: Object.assign({}, ...SOURCES.map(({ links }) => links)), plain: SOURCES.map(({ plain }) => plain).join(" ") };

const membersOf = (object: ObjectName): Members => (object === "source" ? SOURCE : LINKS[object]);

type Builder = Map<string, Builder>;

/** The paths as a tree, or the problem with the first bad one. On lists each path begins with `data.`. */
export function readExpand(paths: readonly string[], answer: { readonly object: ObjectName; readonly list: boolean }): Expand | Malformed {
  const root: Builder = new Map();
  for (const path of paths) {
    const steps = path.split(".");
    if (steps.length > DEPTH_MAX) return malformed(`You cannot expand more than ${DEPTH_MAX} levels of a property: ${show(path)}`);
    if (answer.list && steps.shift() !== "data") return inList(path, answer.object);
    const problem = walk(root, steps, { from: answer.object, path });
    if (problem) return problem;
  }
  return root;
}

function walk(root: Builder, steps: readonly string[], at: { readonly from: ObjectName; readonly path: string }): Malformed | null {
  let { from } = at;
  let node = root;
  let listed = false;
  for (const step of steps) {
    if (listed && step === "data") {
      listed = false;
      continue;
    }
    const { links, plain } = membersOf(from);
    const to = Object.hasOwn(links, step) ? links[step] : undefined;
    // Refunds inside a charge lead back to what is at hand, not to entries or reversals of their own.
    if (to === undefined || (from === "refund" && node !== root && (to === "balance_transaction" || to === "transfer_reversal"))) {
      return plain.split(" ").includes(step) || to !== undefined
        ? malformed(`This property cannot be expanded (${show(at.path)}).`)
        : malformed(`This property cannot be expanded because it doesn't exist: ${show(at.path)}.`);
    }
    const next: Builder = node.get(step) ?? new Map();
    node.set(step, next);
    node = next;
    listed = step === "refunds";
    from = to;
  }
  if (from === "invoice_settings") return malformed(`This property cannot be expanded (${show(at.path)}).`);
  return null;
}

function inList(path: string, object: ObjectName): Malformed {
  const first = path.split(".")[0] ?? "";
  const { links, plain } = membersOf(object);
  const exists = Object.hasOwn(links, first) || plain.split(" ").includes(first);
  return exists
    ? malformed(`This property cannot be expanded (${show(path)}). You may want to try expanding 'data.${show(path)}' instead.`)
    : malformed(`This property cannot be expanded because it doesn't exist: ${show(path)}.`);
}

/** What the engine has to bring along so that the links can be followed. */
export function extrasFor(expand: Expand): Extras {
  return merge([...expand].map(([name, below]) => merge([extrasOf(name), extrasFor(below)])));
}

/** Whether some of the links lead to a customer or to a payment method. */
export function leadsToProfiles(expand: Expand): boolean {
  return [...expand].some(([name, below]) => PROFILE_LINKS.includes(name) || leadsToProfiles(below));
}

/** Whether some of the links lead to rows of a platform's other books, or of its accounts'. */
export function leadsToBooks(expand: Expand): boolean {
  return [...expand].some(([name, below]) => BOOK_LINKS.includes(name) || leadsToBooks(below));
}

const BOOK_LINKS: readonly string[] = [
  "account", "application_fee", "destination", "destination_payment", "destination_payment_refund", "originating_transaction", "source_refund", "source_transaction", "source_transfer", "source_transfer_reversal", "transfer", "transfer_reversal",
];

/** Whether customers are to be shown with what they have in cash. */
export function leadsToCash(expand: Expand): boolean {
  return [...expand].some(([name, below]) => name === CASH_LINK || leadsToCash(below));
}

const CASH_LINK = "cash_balance";
const PROFILE_LINKS: readonly string[] = [CASH_LINK, "customer", "payment_method", "default_payment_method"];

/** A fee and a transfer show what came back of them, wherever they are shown. */
const SHOW_REFUNDS: readonly string[] = ["refunds", "fee", "transfer"];

function extrasOf(name: string): Extras {
  const entries = name === "balance_transaction" || name === "failure_balance_transaction";
  return { refunds: SHOW_REFUNDS.includes(name) ? LISTED_REFUNDS : 0, entries, attempts: !entries };
}

function merge(all: readonly Extras[]): Extras {
  return all.reduce(
    (one, other) => ({ refunds: Math.max(one.refunds, other.refunds), entries: one.entries || other.entries, attempts: one.attempts || other.attempts }),
    NO_EXTRAS,
  );
}

const SHOWN_MAX = 100;
function show(path: string): string {
  return path.slice(0, SHOWN_MAX);
}

/** Rows that name a profile which is not what it is named as, as every SQL store finds them: merchant, row, and the name. */
export type LostReferences = { readonly what: string; readonly sql: string };

const NAMES = [
  ["payment", "customer", "customer"],
  ["payment", "on_file", "instrument"],
  ["attempt", "customer", "customer"],
  ["attempt", "on_file", "instrument"],
  ["profile", "owner", "customer"],
  ["profile", "preferred", "instrument"],
] as const;

export const LOST_REFERENCES: readonly LostReferences[] = [
  ...NAMES.map(([table, column, kind]) => ({
    what: `the ${column} of ${table === "attempt" ? "an" : "a"} ${table} is no ${kind} of its merchant`,
    sql:
      `select r.merchant, r.id, r.${column} from ${table} r where r.${column} is not null and not exists ` +
      `(select 1 from profile f where f.merchant = r.merchant and f.id = r.${column} and f.kind = '${kind}')`,
  })),
  {
    what: "a customer prefers what is not on file for him",
    sql: "select c.merchant, c.id, c.preferred from profile c join profile i on i.merchant = c.merchant and i.id = c.preferred where i.owner is distinct from c.id",
  },
];

/** How long anything may take on the way to PostgreSQL, in milliseconds. Nothing waits without one of these. */
export type Limits = {
  /** To be let in by one host. */
  readonly connectMs: number;
  /** For a connection, when all are in use. */
  readonly waitMs: number;
  /** What the server itself allows a statement, a wait for a row's lock, and a transaction that nobody goes on with. */
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleMs: number;
  /** The server has given up by then: no answer at all means that it, or the way to it, is gone. */
  readonly answerMs: number;
  /** A commit may wait for a standby that is on its way back. */
  readonly commitMs: number;
  /** So long a batch that met another, or a server that went away, is begun anew. */
  readonly batchMs: number;
  /** So long a lost commit is looked up before nobody knows. A failover takes less. */
  readonly settleMs: number;
  /**
   * By so much the database's clock may go back, from one host to the next after a failover, without an entry being dated before what
   * was already added up.
   */
  readonly clockBackMs: number;
  /** So long a replica that failed is not asked again. */
  readonly replicaRestMs: number;
};

export const LIMITS: Limits = {
  connectMs: 3_000,
  waitMs: 1_000,
  statementMs: 5_000,
  lockMs: 2_000,
  idleMs: 5_000,
  answerMs: 8_000,
  commitMs: 30_000,
  batchMs: 10_000,
  settleMs: 60_000,
  clockBackMs: 60_000,
  replicaRestMs: 5_000,
};

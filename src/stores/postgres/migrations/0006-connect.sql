-- needs 0006
-- Accounts of platforms are profiles too, and payments may go through them. A server that does not know of them cannot read them: stop it first.

alter table profile
  drop constraint profile_kind_check,
  add constraint profile_kind_check check (kind in ('customer', 'instrument', 'account')) not valid;

create index accounts on profile (merchant, id) where kind = 'account';

-- What a platform has to do with a payment, as JSON: of most nothing, and they stand in no index for it.
alter table payment add column connect text collate "C";
alter table refund add column reversed bigint;
alter table refund add constraint refund_reversed_check check (reversed > 0) not valid;

-- A fee may come back without a refund.
alter table journal_entry
  drop constraint journal_entry_kind_check,
  add constraint journal_entry_kind_check check (kind in ('capture', 'refund', 'refund_failure', 'chargeback', 'chargeback_reversal', 'fee_return')) not valid;

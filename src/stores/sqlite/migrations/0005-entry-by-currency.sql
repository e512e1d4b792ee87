-- What moved at our processors, by currency and kind: lists of it by either, however rare that is among the rest. It grows at its
-- ends alone, and what was only reported, which moved nothing here, is not in it.
create index entry_by_currency on journal_entry (merchant, currency, kind, id) where instr(postings, '"clearing"') > 0;

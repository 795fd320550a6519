#include "ledger/emergency_operations.h"

#include "crypto/digest.h"
#include "ledger/field_list.h"
#include "ledger/operation.h"
#include "ledger/shared_fields.h"

namespace galen::ledger {

namespace {

constexpr std::uint16_t kReceiptVersion = 1;

}  // namespace

namespace fields {

template <class C>
void describe(C& c, Of<C, DeclareEmergency>& v) {
  c(v.declaration, v.seed, v.person, v.organisation, v.patient, v.reason, v.scope);
  c.sorted(v.records, limits::kMaxRecordsInScope, "record ids");
  c.check((v.scope == EmergencyScope::kRecords) != v.records.empty(),
          "records that do not fit the scope");
  c(v.from, v.to);
}

template <class C>
void describe(C& c, Of<C, AnchorJournal>& v) {
  c(v.organisation, v.journal, v.first, v.last, v.previous, v.head, v.lost);
  c.check(v.first > 0 && v.first <= v.last && v.last <= kMaxCounter, "numbers of no entries");
  c.check((v.first == 1) == v.previous.is_zero(), "an entry before the first, or none");
  c.check(!v.lost || v.first == 1, "a lost journal beside entries that go on");
}

template <class C>
void describe(C& c, Of<C, LogEmergency>& v) {
  c(v.journal, v.number, v.previous, v.salt, v.declaration, v.request);
  c.list(v.reasons, limits::kMaxRecordsPerAccess)(v.state_height, v.time);
  c.check(v.number > 0 && v.number <= kMaxCounter, "the number of no entry");
  c.check((v.number == 1) == v.previous.is_zero(), "an entry before the first, or none");
  c.check(v.reasons.size() == v.request.records.size(), "not one reason for each record");
}

template <class C>
void describe(C& c, Of<C, AnchorJournalReceipt>& v) {
  c(v.organisation, v.journal, v.number, v.entry, v.signature);
  c.check(v.number > 0 && v.number <= kMaxCounter, "the number of no entry");
}

template <class C>
void describe(C& c, Of<C, ReviewEmergency>& v) {
  c(v.patient, v.declaration, v.reviewer, v.outcome);
}

GALEN_OPERATION_CODEC(DeclareEmergency);
GALEN_OPERATION_CODEC(AnchorJournal);
GALEN_OPERATION_CODEC(LogEmergency);
GALEN_OPERATION_CODEC(AnchorJournalReceipt);
GALEN_OPERATION_CODEC(ReviewEmergency);

}  // namespace fields

DeclarationId declaration_id(const ChainId& chain, DeclareEmergency declaration) {
  declaration.declaration = {};
  crypto::Hasher hasher("declaration");
  hasher.raw(chain).bytes(encode(Operation(std::move(declaration))));
  return id_cast<DeclarationId>(hasher.finish());
}

Digest journal_entry_hash(const ChainId& chain, const LogEmergency& entry) {
  crypto::Hasher hasher("journal-entry");
  hasher.raw(chain).bytes(encode(Operation(entry)));
  return hasher.finish();
}

Bytes journal_receipt_statement(const ChainId& chain,
                                const JournalId& journal,
                                std::uint64_t number,
                                const Digest& entry) {
  codec::Writer w;
  w.tag("journal-receipt").u16(kReceiptVersion).raw(chain).raw(journal).u64(number).raw(entry);
  return std::move(w).take();
}

}  // namespace galen::ledger

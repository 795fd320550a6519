#include "modules/emergency/journals.h"

#include "crypto/digest.h"
#include "modules/emergency/quota.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace galen::emergency {

namespace {

using codec::Reader;
using codec::Writer;
using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AnchorJournal;
using ledger::AnchorJournalReceipt;
using ledger::KeyKind;
using ledger::ResultCode;
using ledger::StateKey;

template <class Id>
void write_optional(Writer& w, const std::optional<Id>& id) {
  w.boolean(id.has_value());
  if (id) w.raw(*id);
}

template <class Id>
std::optional<Id> read_optional(Reader& r) {
  if (!r.boolean()) return std::nullopt;
  return r.fixed<Id>();
}

void store(const OperationContext& context,
           StateOverlay& state,
           const JournalId& id,
           const JournalEntry& entry) {
  identity::put_entry(context, state, JournalEntry::key(entry.organisation, id), entry.encode());
}

void store(const OperationContext& context,
           StateOverlay& state,
           const AccountId& organisation,
           const JournalPlace& place) {
  const StateKey key = JournalPlace::key(organisation, place.journal, place.number);
  identity::put_entry(context, state, key, place.encode());
}

void put_waiting(const OperationContext& context,
                 StateOverlay& state,
                 const StateKey& key,
                 const WaitingReceipts& waiting) {
  if (waiting.count == 0) {
    state.erase(key);
  } else {
    identity::put_entry(context, state, key, waiting.encode());
  }
}

/// One more that the submitter brought waits for its entry; false when too many do.
bool add_waiting(const OperationContext& context,
                 const AccountId& organisation,
                 StateOverlay& state) {
  auto waiting = WaitingReceipts::load(state, organisation, context.submitter);
  if (waiting.count >= kMaxWaitingReceipts) return false;
  ++waiting.count;
  put_waiting(context, state, WaitingReceipts::key(organisation, context.submitter), waiting);
  return true;
}

/// The entry has come that a receipt of this member waited for.
void take_waiting(const OperationContext& context,
                  const AccountId& organisation,
                  const AccountId& member,
                  StateOverlay& state) {
  auto waiting = WaitingReceipts::load(state, organisation, member);
  if (waiting.count == 0) return;
  --waiting.count;
  put_waiting(context, state, WaitingReceipts::key(organisation, member), waiting);
}

/// The anchor says what stands at `number`, or kJournalConflict.
ResultCode claim(const OperationContext& context,
                 StateOverlay& state,
                 const AccountId& organisation,
                 JournalPlace place,
                 const Digest& entry) {
  if (place.entry && *place.entry != entry) return ResultCode::kJournalConflict;
  if (place.entry) return ResultCode::kOk;
  place.entry = entry;
  store(context, state, organisation, place);
  return ResultCode::kOk;
}

/// The first anchor of a journal: the organisation's first, or after one that was lost.
ResultCode begin_journal(const OperationContext& context,
                         const AnchorJournal& operation,
                         StateOverlay& state,
                         JournalEntry& entry) {
  if (operation.first != 1) return ResultCode::kJournalGap;
  auto emergencies = OrganisationEmergencies::load(state, operation.organisation);
  // One node, one journal: beside the present one another begins only as its successor.
  if (emergencies.journal && emergencies.journal != operation.lost) {
    return ResultCode::kJournalConflict;
  }
  if (emergencies.journal) {
    auto lost = JournalEntry::load(state, operation.organisation, *emergencies.journal);
    lost->succeeded_by = operation.journal;
    store(context, state, *emergencies.journal, *lost);
  }
  if (operation.lost) ++emergencies.lost_journals;
  emergencies.journal = operation.journal;
  identity::put_entry(
      context, state, OrganisationEmergencies::key(operation.organisation), emergencies.encode());
  entry.organisation = operation.organisation;
  entry.follows = operation.lost;
  return ResultCode::kOk;
}

ResultCode continue_journal(const AnchorJournal& operation,
                            const StateReader& state,
                            const JournalEntry& entry) {
  const bool same = operation.last == entry.last && operation.head == entry.head;
  if (same) return ResultCode::kAlreadyExists;
  if (operation.last <= entry.last) {
    const auto place =
        JournalPlace::load(state, operation.organisation, operation.journal, operation.last);
    return place.entry == operation.head ? ResultCode::kAlreadyExists
                                         : ResultCode::kJournalConflict;
  }
  if (entry.succeeded_by) return ResultCode::kJournalConflict;
  if (operation.first != entry.last + 1) return ResultCode::kJournalGap;
  return operation.previous == entry.head ? ResultCode::kOk : ResultCode::kJournalConflict;
}

}  // namespace

Bytes JournalEntry::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion)
      .raw(organisation)
      .u64(last)
      .raw(head)
      .u64(logged)
      .counter(anchored);
  write_optional(w, follows);
  write_optional(w, succeeded_by);
  return std::move(w).take();
}

Result<JournalEntry> JournalEntry::decode(BytesView bytes) {
  Reader r(bytes, "journal entry");
  identity::read_entry_version(r);
  JournalEntry entry;
  entry.organisation = r.fixed<AccountId>();
  entry.last = r.u64();
  entry.head = r.fixed<Digest>();
  entry.logged = r.u64();
  entry.anchored = r.counter<TimeMs>();
  entry.follows = read_optional<JournalId>(r);
  entry.succeeded_by = read_optional<JournalId>(r);
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey JournalEntry::key(const AccountId& organisation, const JournalId& journal) {
  return StateKey::main(KeyKind::kJournal, crypto::tagged("journal-of", organisation, journal));
}

std::optional<JournalEntry> JournalEntry::load(const StateReader& state,
                                               const AccountId& organisation,
                                               const JournalId& journal) {
  return identity::load_entry<JournalEntry>(state, key(organisation, journal));
}

Bytes JournalPlace::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion).raw(journal).u64(number);
  write_optional(w, entry);
  w.boolean(logged);
  write_optional(w, receipt);
  w.raw(receipt_of).boolean(contradicted);
  return std::move(w).take();
}

Result<JournalPlace> JournalPlace::decode(BytesView bytes) {
  Reader r(bytes, "place in a journal");
  identity::read_entry_version(r);
  JournalPlace place;
  place.journal = r.fixed<JournalId>();
  place.number = r.u64();
  place.entry = read_optional<Digest>(r);
  place.logged = r.boolean();
  place.receipt = read_optional<Digest>(r);
  place.receipt_of = r.fixed<AccountId>();
  place.contradicted = r.boolean();
  GALEN_TRY_STATUS(r.finish());
  return place;
}

StateKey JournalPlace::key(const AccountId& organisation,
                           const JournalId& journal,
                           std::uint64_t number) {
  crypto::Hasher hasher("journal-place");
  hasher.raw(journal).u64(number);
  return StateKey::audit(id_cast<PatientId>(organisation), KeyKind::kJournalPlace, hasher.finish());
}

JournalPlace JournalPlace::load(const StateReader& state,
                                const AccountId& organisation,
                                const JournalId& journal,
                                std::uint64_t number) {
  auto found = identity::load_entry<JournalPlace>(state, key(organisation, journal, number));
  if (found) return *std::move(found);
  JournalPlace place;
  place.journal = journal;
  place.number = number;
  return place;
}

Bytes WaitingReceipts::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion).u32(count);
  return std::move(w).take();
}

Result<WaitingReceipts> WaitingReceipts::decode(BytesView bytes) {
  Reader r(bytes, "receipts that wait for their entries");
  identity::read_entry_version(r);
  WaitingReceipts entry;
  entry.count = r.u32();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey WaitingReceipts::key(const AccountId& organisation, const AccountId& member) {
  return StateKey::audit(id_cast<PatientId>(organisation), KeyKind::kWaitingReceipts, member);
}

WaitingReceipts WaitingReceipts::load(const StateReader& state,
                                      const AccountId& organisation,
                                      const AccountId& member) {
  return identity::load_entry<WaitingReceipts>(state, key(organisation, member))
      .value_or(WaitingReceipts{});
}

std::vector<JournalPlace> list_evidence(const StateReader& state, const AccountId& organisation) {
  std::vector<JournalPlace> list;
  const ledger::TreeId tree{ledger::TreeKind::kAudit, id_cast<PatientId>(organisation)};
  state.scan(tree, KeyKind::kJournalPlace, [&list](BytesView, BytesView value) {
    auto place = JournalPlace::decode(value);
    CHECK(place.has_value(), "a place in a journal that does not decode");
    if (place->is_mismatch() || place->is_gap()) list.push_back(*std::move(place));
    return true;
  });
  std::sort(list.begin(), list.end(), [](const JournalPlace& a, const JournalPlace& b) {
    return std::tie(a.journal, a.number) < std::tie(b.journal, b.number);
  });
  return list;
}

std::optional<PublicKey> receipt_key(const StateReader& state, const AccountId& organisation) {
  const auto bytes = state.get(StateKey::main(KeyKind::kReceiptKey, organisation));
  if (!bytes) return std::nullopt;
  Reader r(*bytes, "receipt key");
  identity::read_entry_version(r);
  const auto key = r.fixed<PublicKey>();
  CHECK(r.finish().has_value(), "a receipt key that does not decode");
  return key;
}

ResultCode note_logged(const OperationContext& context,
                       const ledger::LogEmergency& operation,
                       StateOverlay& state) {
  const AccountId& organisation = context.submitter;
  auto journal = JournalEntry::load(state, organisation, operation.journal);
  if (!journal) return ResultCode::kUnknownJournal;
  if (operation.number > journal->last) return ResultCode::kJournalGap;
  const Digest hash = ledger::journal_entry_hash(context.block.chain, operation);
  auto place = JournalPlace::load(state, organisation, operation.journal, operation.number);
  if (place.entry && *place.entry != hash) return ResultCode::kJournalConflict;
  if (place.logged) return ResultCode::kAlreadyExists;
  if (operation.number > 1) {
    const auto before =
        JournalPlace::load(state, organisation, operation.journal, operation.number - 1);
    const ResultCode code = claim(context, state, organisation, before, operation.previous);
    if (code != ResultCode::kOk) return code;
  }
  place.entry = hash;
  place.logged = true;
  store(context, state, organisation, place);
  if (place.receipt) take_waiting(context, organisation, place.receipt_of, state);
  ++journal->logged;
  store(context, state, operation.journal, *journal);
  return ResultCode::kOk;
}

ledger::OperationResult execute(const OperationContext& context,
                                const AnchorJournal& operation,
                                StateOverlay& state) {
  if (context.submitter != operation.organisation) return {ResultCode::kNotAuthorised, {}};
  const ResultCode member = identity::check_organisation(state, operation.organisation);
  if (member != ResultCode::kOk) return {member, {}};
  if (!context.body.authorisations.empty()) return {ResultCode::kBadAuthorisation, {}};
  JournalEntry entry;
  const auto known = JournalEntry::load(state, operation.organisation, operation.journal);
  if (known) entry = *known;
  ResultCode code = known ? continue_journal(operation, state, entry)
                          : begin_journal(context, operation, state, entry);
  if (code != ResultCode::kOk) return {code, {}};
  const auto place =
      JournalPlace::load(state, operation.organisation, operation.journal, operation.last);
  code = claim(context, state, operation.organisation, place, operation.head);
  if (code != ResultCode::kOk) return {code, {}};
  entry.last = operation.last;
  entry.head = operation.head;
  entry.anchored = context.block.time;
  store(context, state, operation.journal, entry);
  return {};
}

ledger::OperationResult execute(const OperationContext& context,
                                const AnchorJournalReceipt& operation,
                                StateOverlay& state) {
  const ResultCode member = identity::check_organisation(state, context.submitter);
  if (member != ResultCode::kOk) return {member, {}};
  if (!context.body.authorisations.empty()) return {ResultCode::kBadAuthorisation, {}};
  const auto key = receipt_key(state, operation.organisation);
  if (!key) return {ResultCode::kUnknownOrganisation, {}};
  const Bytes statement = ledger::journal_receipt_statement(
      context.block.chain, operation.journal, operation.number, operation.entry);
  if (!context.signatures.verify(*key, statement, operation.signature)) {
    return {ResultCode::kBadSignature, {}};
  }
  auto place =
      JournalPlace::load(state, operation.organisation, operation.journal, operation.number);
  if (place.receipt == operation.entry || place.contradicted) {
    return {ResultCode::kAlreadyExists, {}};
  }
  if (place.receipt) {
    place.contradicted = true;
  } else {
    const bool waits = !place.logged;
    if (waits && !add_waiting(context, operation.organisation, state)) {
      return {ResultCode::kQuotaExceeded, {}};
    }
    place.receipt = operation.entry;
    place.receipt_of = context.submitter;
  }
  store(context, state, operation.organisation, place);
  return {};
}

}  // namespace galen::emergency

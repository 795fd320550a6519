#include "rpc/emergency_queries.h"

#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/identity/people.h"
#include "rpc/requester_signature.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace galen::rpc {
namespace {

constexpr std::size_t kEntriesPerPage = 50;
constexpr std::size_t kMaxJournalsShown = 32;  // of one organisation

bool is_logged(const execution::StateReader& state,
               const AccountId& organisation,
               const storage::HeldEmergency& held) {
  const auto place = emergency::JournalPlace::load(
      state, organisation, held.record.entry.journal, held.record.entry.number);
  return place.logged && place.entry == held.hash;
}

/// What is in the logs of its patients need not stay in the journal: it names persons.
Status drop_logged(Backend& backend, const execution::StateReader& state) {
  storage::EmergencyJournal& journal = backend.emergency_journal();
  std::uint64_t through = journal.state().dropped;
  for (;;) {
    const auto held = journal.list(through + 1, 1);
    if (held.empty() || !is_logged(state, backend.organisation(), held.front())) break;
    ++through;
  }
  return journal.drop(through);
}

void fill(const execution::StateReader& state,
          const AccountId& organisation,
          const storage::HeldEmergency& held,
          v1::EmergencyEntryItem& item) {
  const storage::EmergencyRecord& record = held.record;
  item.set_entry(wire(ledger::encode(ledger::Operation(record.entry))));
  item.set_authorisation(wire(ledger::encode(record.authorisation)));
  item.set_declaration(wire(ledger::encode(ledger::Operation(record.declaration))));
  item.set_declared_by(wire(ledger::encode(record.declared_by)));
  item.set_logged(is_logged(state, organisation, held));
  item.set_declared(emergency::DeclarationEntry::load(
                        state, record.declaration.patient, record.declaration.declaration)
                        .has_value());
}

void add(const execution::StateReader& state,
         const emergency::DeclarationEntry& entry,
         TimeMs now,
         v1::ListDeclarationsResponse& response) {
  v1::DeclarationItem* item = response.add_items();
  item->set_entry(wire(entry.encode()));
  const auto review =
      emergency::ReviewEntry::load(state, entry.declaration.patient, entry.declaration.declaration);
  if (review) item->set_review(wire(review->encode()));
  item->set_overdue(review ? review->overdue
                           : now.value > entry.declared.value + emergency::kReviewMs);
}

/// Whose declarations are asked for, by himself or by his custodian; nullopt: the caller's own.
Result<std::optional<PatientId>> declared_for(const Backend& backend,
                                              const Caller& caller,
                                              const execution::StateReader& state,
                                              const v1::ListDeclarationsRequest& request) {
  GALEN_TRY(
      const auto self,
      asking_himself(
          backend, caller, state, {ledger::OwnQuery::kEmergencies}, request.patient(), request));
  if (self || request.patient().empty()) return self;
  GALEN_TRY(const auto patient, fixed_field<PatientId>(request.patient(), "patient"));
  const auto entry = identity::PatientEntry::load(state, patient);
  if (!entry || entry->custodian != caller.organisation) return not_found();
  return std::optional(patient);
}

/// Those of `organisation` that wait for review; with `custodian`, of his patients only.
void add_waiting(const storage::StateSnapshot& snapshot,
                 const AccountId& organisation,
                 TimeMs now,
                 const std::optional<AccountId>& custodian,
                 v1::ListDeclarationsResponse& response) {
  for (const auto& waiting : emergency::list_unreviewed(snapshot, organisation)) {
    const PatientId& patient = waiting.entry.patient;
    if (custodian && owner_of(snapshot, patient) != custodian) continue;
    const auto declared = emergency::DeclarationEntry::load(snapshot, patient, waiting.declaration);
    if (declared) add(snapshot, *declared, now, response);
  }
}

}  // namespace

Status list_emergency_entries(Backend& backend,
                              const Caller& caller,
                              const v1::ListEmergencyEntriesRequest& request,
                              v1::ListEmergencyEntriesResponse& response) {
  if (caller.organisation != backend.organisation()) {
    return fail(ErrorCode::kPermissionDenied, "the emergency journal of another organisation");
  }
  const auto snapshot = backend.ledger().snapshot();
  GALEN_TRY_STATUS(drop_logged(backend, *snapshot));
  const auto state = backend.emergency_journal().state();
  response.set_journal(wire(state.journal));
  if (state.follows) response.set_follows(wire(*state.follows));
  response.set_last(state.last);
  response.set_head(wire(state.head));
  const auto anchored =
      emergency::JournalEntry::load(*snapshot, backend.organisation(), state.journal);
  response.set_anchored(anchored ? anchored->last : 0);
  response.set_anchored_head(wire(anchored ? anchored->head : Digest{}));
  const auto known =
      emergency::OrganisationEmergencies::load(*snapshot, backend.organisation()).journal;
  if (known) response.set_present(wire(*known));
  const auto page = backend.emergency_journal().list(request.from(), kEntriesPerPage);
  for (const storage::HeldEmergency& held : page) {
    fill(*snapshot, backend.organisation(), held, *response.add_items());
  }
  const bool full = page.size() == kEntriesPerPage;
  response.set_next(full ? page.back().record.entry.number + 1 : 0);
  return {};
}

Status list_declarations(Backend& backend,
                         const Caller& caller,
                         const v1::ListDeclarationsRequest& request,
                         v1::ListDeclarationsResponse& response) {
  GALEN_TRY_STATUS(require_current(backend, request));
  const auto snapshot = backend.ledger().snapshot();
  const TimeMs now = snapshot->head().header.time;
  response.set_height(snapshot->head().height().value);
  const auto quota = emergency::quota_of(*snapshot, caller.organisation, now);
  response.set_open(quota.open);
  response.set_overdue(quota.overdue);
  response.set_limit(quota.limit);
  GALEN_TRY(const auto of, declared_for(backend, caller, *snapshot, request));
  if (of) {
    for (const auto& declared : emergency::list_declarations(*snapshot, *of)) {
      add(*snapshot, declared, now, response);
    }
    return {};
  }
  add_waiting(*snapshot, caller.organisation, now, {}, response);
  // Others' on its own patients: its privacy officer reviews them as well.
  for (const auto& organisation : backend.genesis().organisations) {
    if (organisation.id == caller.organisation) continue;
    add_waiting(*snapshot, organisation.id, now, caller.organisation, response);
  }
  return {};
}

Status list_journals(Backend& backend,
                     const Caller& /*caller*/,
                     const v1::ListJournalsRequest& /*request*/,
                     v1::ListJournalsResponse& response) {
  const auto snapshot = backend.ledger().snapshot();
  response.set_height(snapshot->head().height().value);
  for (const auto& organisation : backend.genesis().organisations) {
    auto next = emergency::OrganisationEmergencies::load(*snapshot, organisation.id).journal;
    bool present = true;
    // From the present one back: each names the one that was lost before it. A member may have
    // written a circle.
    for (std::size_t i = 0; next && i < kMaxJournalsShown; ++i) {
      const auto entry = emergency::JournalEntry::load(*snapshot, organisation.id, *next);
      if (!entry) break;
      v1::JournalItem* item = response.add_journals();
      item->set_journal(wire(*next));
      item->set_entry(wire(entry->encode()));
      item->set_present(std::exchange(present, false));
      next = entry->follows;
    }
    for (const auto& place : emergency::list_evidence(*snapshot, organisation.id)) {
      v1::JournalEvidenceItem* item = response.add_evidence();
      item->set_organisation(wire(organisation.id));
      item->set_place(wire(place.encode()));
    }
  }
  return {};
}

std::uint64_t waiting_emergency_entries(const Backend& backend) {
  const auto snapshot = backend.ledger().snapshot();
  const storage::EmergencyJournal& journal = backend.emergency_journal();
  std::uint64_t from = journal.state().dropped + 1;
  std::uint64_t waiting = 0;
  for (;;) {
    const auto page = journal.list(from, kEntriesPerPage);
    waiting += static_cast<std::uint64_t>(
        std::count_if(page.begin(), page.end(), [&](const storage::HeldEmergency& held) {
          return !is_logged(*snapshot, backend.organisation(), held);
        }));
    if (page.size() < kEntriesPerPage) return waiting;
    from = page.back().record.entry.number + 1;
  }
}

}  // namespace galen::rpc

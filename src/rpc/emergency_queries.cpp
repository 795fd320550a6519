#include "rpc/emergency_queries.h"

#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "rpc/wire.h"

#include <algorithm>

namespace galen::rpc {
namespace {

constexpr std::size_t kEntriesPerPage = 50;

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

#include "rpc/access_view.h"

#include "modules/audit/audit.h"
#include "rpc/wire.h"

#include <algorithm>

namespace galen::rpc {
namespace {

/// Index of the first entry of at least this height: entries stand in the order of commits.
std::uint64_t first_of_height(const execution::StateReader& state,
                              const PatientId& log,
                              Height height,
                              std::uint64_t count) {
  std::uint64_t low = 0;
  std::uint64_t high = count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto entry = audit::load_access(state, log, middle);
    if (entry && entry->height < height) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

std::optional<audit::AccessEntry> find_entry(const execution::StateReader& state,
                                             const ledger::AccessRequest& request,
                                             const AccountId& submitter,
                                             Height height) {
  const PatientId& log = request.patient;
  const std::uint64_t count = audit::load_access_range(state, log).count;
  for (auto i = first_of_height(state, log, height, count); i < count; ++i) {
    auto entry = audit::load_access(state, log, i);
    if (!entry || entry->height != height) break;
    if (entry->request == request && entry->submitter == submitter) return entry;
  }
  auto entry = audit::deciding_entry(state, log, request);
  return entry && entry->height <= height ? std::move(entry) : std::nullopt;
}

std::optional<audit::AccessEntry> find_entry(const execution::StateReader& state,
                                             const ledger::LogEmergency& released,
                                             Height height) {
  const PatientId& log = released.request.patient;
  const std::uint64_t count = audit::load_access_range(state, log).count;
  for (auto i = first_of_height(state, log, height, count); i < count; ++i) {
    auto entry = audit::load_access(state, log, i);
    if (!entry || entry->height != height) break;
    if (entry->emergency == released) return entry;
  }
  return std::nullopt;
}

void add_decision(const audit::RecordDecision& decision, v1::AccessDecision& item) {
  item.set_record(wire(decision.record));
  item.set_permit(decision.permit());
  item.set_reason(std::string(policy::name(decision.reason)));
  if (decision.grant) item.set_grant(wire(*decision.grant));
}

void add_outcome(const ledger::AccessRequest& request, BytesView detail, v1::AccessEvent& event) {
  const auto outcome = audit::AccessOutcome::decode(detail);
  if (!outcome || outcome->permits.size() != request.records.size()) return;
  for (std::size_t i = 0; i < request.records.size(); ++i) {
    const std::string record = wire(request.records[i]);
    const auto& shown = event.decisions();
    const bool is_shown = std::any_of(
        shown.begin(), shown.end(), [&](const auto& item) { return item.record() == record; });
    if (is_shown) continue;
    v1::AccessDecision* item = event.add_decisions();
    item->set_record(record);
    item->set_permit(outcome->permits[i]);
  }
}

}  // namespace galen::rpc

#include "rpc/release_gate.h"

#include "base/limits.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "modules/records/records.h"
#include "rpc/label_obligations.h"
#include "rpc/release_instant.h"
#include "rpc/requester_signature.h"
#include "rpc/wire.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

/// The request of a committed LogAccess; nullopt when it is none.
std::optional<ledger::AccessRequest> committed_request(const LedgerReader& reader,
                                                       const OperationName& name) {
  const auto committed = find_operation(reader, name);
  const auto* access = committed ? std::get_if<ledger::LogAccess>(&committed->value) : nullptr;
  return access == nullptr ? std::nullopt : std::optional(access->request);
}

/// Content leaves for READ and beyond; and only soon after the entry, while the request stands.
bool is_releasable(const audit::AccessEntry& entry, TimeMs now) {
  if (entry.request.action == ledger::Action::kDiscover) return false;
  return now < entry.request.expiry && now.value <= entry.time.value + limits::kReleaseWindowMs;
}

/// decide() at the head, for a request whose entry was committed and took its use of one grant.
policy::Decision decide_now(const Backend& backend,
                            const storage::StateSnapshot& snapshot,
                            const ledger::AccessRequest& request,
                            const audit::RecordDecision& decided) {
  const auto requester = audit::load_requester(snapshot, request);
  if (!requester || !audit::names_registered_recipient(snapshot, request)) return {};
  auto asked = audit::policy_request(request, release_instant(snapshot.head(), backend.now()));
  asked.counted_grant = decided.grant;
  asked.takes_no_use = true;
  const auto parameters = execution::load_parameters(snapshot);
  const audit::RecordName name{request.patient, decided.record};
  return audit::evaluate(snapshot, parameters, *requester, name, asked, &backend.consents());
}

}  // namespace

Result<Release> open_release_gate(const Backend& backend,
                                  const Caller& caller,
                                  const ReleaseRequest& request) {
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto asked = committed_request(backend.ledger(), request.access);
  if (!asked || asked->organisation != caller.organisation) return not_found();
  if (!std::binary_search(asked->records.begin(), asked->records.end(), request.record)) {
    return not_found();
  }
  const auto snapshot = backend.ledger().snapshot();
  const auto entry = audit::deciding_entry(*snapshot, asked->patient, *asked);
  const TimeMs now = release_instant(snapshot->head(), backend.now()).latest;
  if (!entry || !is_releasable(*entry, now)) return not_found();
  const audit::RecordDecision* decision = entry->find(request.record);
  if (decision == nullptr || !decision->permit()) return not_found();
  const auto record = records::RecordEntry::load(*snapshot, asked->patient, request.record);
  if (!record || record->custodian != backend.organisation()) return not_found();
  policy::Decision again = decide_now(backend, *snapshot, *asked, *decision);
  if (!again.permit) return not_found();
  // What was committed is what the log shows; of tags it could not say anything.
  again.obligations = decision->obligations;
  again = with_label_obligations(
      backend, execution::load_parameters(*snapshot), asked->patient, std::move(again));
  return Release{*asked, *decision, record->record.payload, std::move(again.obligations)};
}

Status recheck_release(const Backend& backend, const Release& release) {
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto snapshot = backend.ledger().snapshot();
  if (!decide_now(backend, *snapshot, release.request, release.decision).permit) {
    return not_found();
  }
  return {};
}

}  // namespace galen::rpc

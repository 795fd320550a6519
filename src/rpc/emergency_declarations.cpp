// Declared emergencies and their reviews: all of one patient, or what waits for review.
#include "crypto/digest.h"
#include "modules/emergency/declarations.h"
#include "modules/identity/people.h"
#include "rpc/access_requests.h"
#include "rpc/emergency_queries.h"
#include "rpc/list_page.h"
#include "rpc/requester_signature.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace galen::rpc {
namespace {

using Declarations = std::map<Digest, emergency::DeclarationEntry>;

/// By id; the rest of the place is of the patient as well: whoever tells of a release names its
/// declaration, so that two patients may have one of the same id.
void add(emergency::DeclarationEntry entry, Declarations& list) {
  constexpr std::size_t kOrderBytes = Digest::kSize / 2;
  const PatientId& patient = entry.declaration.patient;
  const DeclarationId& id = entry.declaration.declaration;
  const Digest place = place_in_list(id.view().first(kOrderBytes),
                                     crypto::tagged("listed-declaration", patient, id));
  list.emplace(place, std::move(entry));
}

/// Those of `organisation` that wait for review; with `custodian`, of his patients only.
void add_waiting(const execution::StateReader& state,
                 const AccountId& organisation,
                 const std::optional<AccountId>& custodian,
                 Declarations& list) {
  for (const auto& waiting : emergency::list_unreviewed(state, organisation)) {
    const PatientId& patient = waiting.entry.patient;
    if (custodian && owner_of(state, patient) != custodian) continue;
    auto declared = emergency::DeclarationEntry::load(state, patient, waiting.declaration);
    if (declared) add(*std::move(declared), list);
  }
}

Declarations declarations_of(const execution::StateReader& state, const PatientId& patient) {
  Declarations list;
  for (auto& declared : emergency::list_declarations(state, patient)) {
    add(std::move(declared), list);
  }
  return list;
}

Declarations waiting_at(const Backend& backend,
                        const execution::StateReader& state,
                        const AccountId& caller) {
  Declarations list;
  add_waiting(state, caller, {}, list);
  // Others' on its own patients: its privacy officer reviews them as well.
  for (const auto& organisation : backend.genesis().organisations) {
    if (organisation.id != caller) add_waiting(state, organisation.id, caller, list);
  }
  return list;
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

/// A reviewed one leaves the list of those that wait without a trace of when.
Status check_height(const v1::ListDeclarationsRequest& request) {
  const bool names_patient = !request.patient().empty() || is_signed(request);
  if (request.at_height() == 0 || names_patient) return {};
  return fail(ErrorCode::kInvalidArgument,
              "at_height: of one patient alone; what waited for review then is not kept");
}

/// What a page token is bound to: the patient, or whoever asks for what waits.
Digest query_digest(const std::optional<PatientId>& of, const Caller& caller) {
  const PatientId subject = of.value_or(id_cast<PatientId>(caller.organisation));
  const Bytes filter{static_cast<std::uint8_t>(of ? 0 : 1)};
  return crypto::tagged("page-query", subject, crypto::sha256(filter));
}

Result<PageAsked> declarations_asked(const v1::ListDeclarationsRequest& request,
                                     const Digest& query,
                                     const ListMoment& moment) {
  GALEN_TRY(PageAsked asked, page_asked(ListKind::kDeclarations, query, request, moment.height));
  // One that comes behind its release takes the place of what stood for it: its height says nothing
  // about since when there is one under its id.
  if (asked.cursor && request.at_height() == 0) asked.cursor->height = moment.height;
  return asked;
}

/// A moment of the chain: what is overdue is told by its block, not by this node's clock.
struct BlockMoment {
  Height height;
  TimeMs time;
};

v1::DeclarationItem make_item(const execution::StateReader& state,
                              const emergency::DeclarationEntry& entry,
                              const BlockMoment& moment) {
  v1::DeclarationItem item;
  item.set_entry(wire(entry.encode()));
  const auto review =
      emergency::ReviewEntry::load(state, entry.declaration.patient, entry.declaration.declaration);
  if (review && review->height <= moment.height) {
    item.set_review(wire(review->encode()));
    item.set_overdue(review->overdue);
  } else {
    item.set_overdue(moment.time.value > entry.declared.value + emergency::kReviewMs);
  }
  return item;
}

void fill_quota(const storage::StateSnapshot& state,
                const AccountId& caller,
                v1::ListDeclarationsResponse& response) {
  const auto quota = emergency::quota_of(state, caller, state.head().header.time);
  response.set_open(quota.open);
  response.set_overdue(quota.overdue);
  response.set_limit(quota.limit);
}

}  // namespace

Status list_declarations(Backend& backend,
                         const Caller& caller,
                         const v1::ListDeclarationsRequest& request,
                         v1::ListDeclarationsResponse& response) {
  GALEN_TRY_STATUS(check_height(request));
  GALEN_TRY_STATUS(require_current(backend, request));
  const auto snapshot = backend.ledger().snapshot();
  // Told alike whoever asks, of whomever.
  GALEN_TRY(const ListMoment moment, list_moment(backend, *snapshot, request.at_height()));
  fill_quota(*snapshot, caller.organisation, response);
  GALEN_TRY(const auto of, declared_for(backend, caller, *snapshot, request));
  GALEN_TRY(const PageAsked asked, declarations_asked(request, query_digest(of, caller), moment));
  const BlockMoment then{moment.height,
                         moment.is_head ? snapshot->head().header.time : moment.time};
  const auto visit = [&](const Digest& /*place*/,
                         const emergency::DeclarationEntry& entry,
                         PageBudget& budget) -> Result<Visited> {
    v1::DeclarationItem item = make_item(*snapshot, entry, then);
    if (!budget.take(item.ByteSizeLong())) return Visited::kFull;
    *response.add_items() = std::move(item);
    return Visited::kShown;
  };
  const Declarations list =
      of ? declarations_of(*snapshot, *of) : waiting_at(backend, *snapshot, caller.organisation);
  GALEN_TRY(*response.mutable_page_token(), fill_page(list, asked, visit));
  response.set_height(moment.height.value);
  return {};
}

}  // namespace galen::rpc

#include "modules/audit/block_order.h"

#include "modules/identity/suspension.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace galen::audit {

namespace {

using ledger::AccountStatus;
using ledger::Operation;

/// Whether it is of this type and says so.
template <class Type, class SaysSo>
bool is(const ExecutedOperation& done, SaysSo&& says_so) {
  const auto* operation = std::get_if<Type>(&done.value);
  return operation != nullptr && says_so(*operation);
}

/// Ids that this patient's operations name may stand in those of others, too.
bool is_of_another(const ExecutedOperation& done, const PatientId& patient) {
  const bool is_of_account = std::holds_alternative<ledger::SuspendPractitioner>(done.value) ||
                             std::holds_alternative<ledger::ChangeMembership>(done.value);
  const PatientId subject = ledger::subject_of(done.value);
  return !is_of_account && !subject.is_zero() && subject != patient;
}

const ledger::GrantTerms* terms_of(const Operation& operation) {
  if (const auto* permit = std::get_if<ledger::GrantAccess>(&operation)) return &permit->terms;
  const auto* deny = std::get_if<ledger::DenyAccess>(&operation);
  return deny == nullptr ? nullptr : &deny->terms;
}

/// The id that is signed for stands in the result.
bool gives(const ExecutedOperation& done, const GrantId& id) {
  return terms_of(done.value) != nullptr && equal(done.detail, id);
}

bool ends(const ExecutedOperation& done, const GrantId& id, const consent::GrantEntry& grant) {
  if (const auto* terms = terms_of(done.value)) {
    return std::binary_search(terms->supersedes.begin(), terms->supersedes.end(), id);
  }
  if (const auto* revoked = std::get_if<ledger::RevokeProxy>(&done.value)) {
    return grant.grantor == consent::Grantor{ledger::AuthorisationRole::kProxy, revoked->proxy};
  }
  return is<ledger::RevokeAccess>(done, [&](const auto& end) { return end.grant == id; });
}

/// Nothing of a vote that others have to join.
std::optional<AccountStatus> status_given(const ExecutedOperation& done, const AccountId& account) {
  if (const auto* person = std::get_if<ledger::SuspendPractitioner>(&done.value)) {
    return person->practitioner == account ? std::optional(person->status) : std::nullopt;
  }
  const auto* ballot = std::get_if<ledger::Suspend>(&done.value);
  if (ballot == nullptr || ballot->organisation != account) return std::nullopt;
  const auto outcome = identity::BallotOutcome::decode(done.detail);
  return outcome && outcome->in_force ? std::optional(ballot->status) : std::nullopt;
}

}  // namespace

BlockOrder::BlockOrder(std::vector<ExecutedOperation> operations,
                       const ledger::AccessRequest& access)
    : operations_(std::move(operations)) {
  std::erase_if(operations_, [&](const auto& done) { return is_of_another(done, access.patient); });
  // Which of several wrote the entry is not looked into: one that was refused before anything was
  // decided writes one, too.
  const auto asks = [&](const ExecutedOperation& done) {
    return is<ledger::LogAccess>(done, [&](const auto& log) { return log.request == access; });
  };
  first_ = find(asks);
  last_ = first_;
  for (std::size_t next = first_; next < operations_.size(); next = find(asks, next + 1)) {
    last_ = next;
  }
}

std::size_t BlockOrder::find(const IsIt& is_it, std::size_t from) const {
  std::size_t place = from;
  while (place < operations_.size() && !is_it(operations_[place])) ++place;
  return place;
}

std::optional<bool> BlockOrder::is_before(std::size_t place) const {
  const bool known = first_ < operations_.size() && place < operations_.size();
  if (!known || (first_ < place && place < last_)) return std::nullopt;
  return place < first_;
}

/// Of several that could be it the first made the change, and of those none is missing: bodies go
/// with all others of their subject, or are the only ones that say this.
std::optional<bool> BlockOrder::came_before(const IsIt& is_it, std::size_t from) const {
  return is_before(find(is_it, from));
}

std::optional<bool> BlockOrder::grant_began(const GrantId& id) const {
  return came_before([&](const auto& done) { return gives(done, id); });
}

/// A revocation that came before the grant was by somebody who may not end it, else the grant would
/// have been refused (HEALTH.md 1.5 V15).
std::optional<bool> BlockOrder::grant_ended(const GrantId& id,
                                            const consent::GrantEntry& grant) const {
  const std::size_t given = find([&](const auto& done) { return gives(done, id); });
  const std::size_t from = given < operations_.size() ? given : 0;
  return came_before([&](const auto& done) { return ends(done, id, grant); }, from);
}

std::optional<bool> BlockOrder::grant_revoked() const {
  return came_before(
      [](const auto& done) { return std::holds_alternative<ledger::RevokeAccess>(done.value); });
}

std::optional<bool> BlockOrder::proxy_began(const AccountId& proxy) const {
  return came_before([&](const auto& done) {
    return is<ledger::AuthorizeProxy>(done,
                                      [&](const auto& terms) { return terms.proxy == proxy; });
  });
}

/// Again changes nothing: the first counts.
std::optional<bool> BlockOrder::proxy_ended(const AccountId& proxy) const {
  return came_before([&](const auto& done) {
    return is<ledger::RevokeProxy>(done, [&](const auto& end) { return end.proxy == proxy; });
  });
}

std::optional<bool> BlockOrder::emergency_declared(const DeclarationId& id) const {
  return came_before([&](const auto& done) {
    return is<ledger::DeclareEmergency>(
        done, [&](const auto& declared) { return declared.declaration == id; });
  });
}

std::optional<bool> BlockOrder::emergency_reviewed(const DeclarationId& id) const {
  return came_before([&](const auto& done) {
    return is<ledger::ReviewEmergency>(
        done, [&](const auto& review) { return review.declaration == id; });
  });
}

std::optional<bool> BlockOrder::group_changed(const AccountId& group, std::uint32_t version) const {
  const auto is_version = [&](const auto& change) {
    return change.group == group && change.version == version;
  };
  return came_before([&](const auto& done) {
    const bool defines = version == 1 && is<ledger::DefineGroup>(done, [&](const auto& defined) {
                           return defined.group == group;
                         });
    return defines || is<ledger::UpdateGroup>(done, is_version) ||
           is<ledger::ChangeMembership>(done, is_version);
  });
}

std::optional<bool> BlockOrder::record_replaced(const RecordId& id) const {
  return came_before([&](const auto& done) {
    return is<ledger::ReplaceRecord>(done, [&](const auto& next) { return next.replaces == id; });
  });
}

std::optional<bool> BlockOrder::record_retracted(const RecordId& id) const {
  return came_before([&](const auto& done) {
    return is<ledger::RetractRecord>(done, [&](const auto& end) { return end.record == id; });
  });
}

std::optional<bool> BlockOrder::was_active(const AccountId& account, bool before) const {
  bool active = before;
  bool found = false;
  for (std::size_t place = 0; place < operations_.size(); ++place) {
    const auto status = status_given(operations_[place], account);
    if (!status) continue;
    found = true;
    const auto earlier = is_before(place);
    if (!earlier) return std::nullopt;
    if (*earlier) active = *status == AccountStatus::kActive;
  }
  return found ? std::optional(active) : std::nullopt;
}

}  // namespace galen::audit

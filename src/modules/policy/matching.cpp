#include "modules/policy/matching.h"

#include <algorithm>

namespace galen::policy {

namespace {

using ledger::DataLimit;
using ledger::DataMeaning;
using ledger::GrantTerms;

template <class List, class Item>
bool contains(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// A candidate is named, or one of its members is; a project is named by the request besides.
bool matches_grantee(const IndexedGrant& grant, const Access& access) {
  return !grant.of_project || access.request.project == grant.facts->terms->grantee.id;
}

/// What was denied stays so when it is replaced; what was permitted is this version.
bool is_instance(const IndexedGrant& grant, const RecordFacts& record, const Random32& id) {
  if (id_cast<Random32>(record.id) == id) return true;
  return grant.facts->effect == ledger::Effect::kDeny &&
         std::binary_search(
             record.predecessors.begin(), record.predecessors.end(), id_cast<RecordId>(id));
}

bool matches_data(const IndexedGrant& grant, const RecordFacts& record) {
  if (!grant.limits_data) return true;
  const auto fits = [&](const DataLimit& limit) {
    switch (limit.meaning) {
      case DataMeaning::kInstance: return is_instance(grant, record, limit.id);
      case DataMeaning::kRelated: return contains(record.related, limit.id);
      case DataMeaning::kAuthoredBy: return contains(record.authors, id_cast<AccountId>(limit.id));
    }
    return false;
  };
  const auto& limits = grant.facts->terms->data;
  return std::any_of(limits.begin(), limits.end(), fits);
}

bool matches_data_period(const IndexedGrant& grant, const RecordFacts& record) {
  return grant.data_from <= record.service_date.days && record.service_date.days < grant.data_to;
}

bool matches_purpose(const IndexedGrant& grant, const Question& question) {
  if ((grant.purposes & question.purposes) != 0) return true;
  if ((grant.purposes & NameBits::kOthers) == 0) return false;
  const auto& purposes = grant.facts->terms->purposes;
  return std::any_of(purposes.begin(), purposes.end(), [&](const std::string& granted) {
    return covers(question.covers, granted, question.access.request.purpose);
  });
}

bool matches_action(const IndexedGrant& grant, const Question& question) {
  return (grant.actions & question.action) != 0;
}

bool matches_region(const IndexedGrant& grant, const Question& question) {
  if (grant.regions == 0 || (grant.regions & question.regions) != 0) return true;
  return (grant.regions & NameBits::kOthers) != 0 &&
         contains(grant.facts->terms->regions, question.access.requester.region);
}

bool matches_class(const IndexedGrant& grant, const Question& question) {
  return (grant.classes & question.record_class) != 0;
}

bool same_label_key(const GrantTerms& terms, const RecordFacts& record) {
  return terms.labels_key_id == record.labels_key_id;
}

bool permits_labels(const GrantTerms& terms, const RecordFacts& record) {
  if (record.labels.empty()) return true;
  return same_label_key(terms, record) &&
         std::all_of(record.labels.begin(), record.labels.end(), [&](const std::string& label) {
           return contains(terms.labels, label);
         });
}

bool denies_labels(const GrantTerms& terms, const RecordFacts& record) {
  if (terms.labels.empty()) return true;
  if (record.labels.empty()) return false;
  // Tags under another key cannot be compared, so they match: it fails closed.
  return !same_label_key(terms, record) ||
         std::any_of(record.labels.begin(), record.labels.end(), [&](const std::string& label) {
           return contains(terms.labels, label);
         });
}

/// Status and window of a permit.
std::optional<Reason> out_of_force(const IndexedGrant& grant, const Instant& at) {
  if (grant.status != GrantStatus::kActive && grant.ended_at <= at.latest) {
    return grant.status == GrantStatus::kRevoked ? Reason::kRevoked : Reason::kSuperseded;
  }
  if (at.earliest < grant.valid_from) return Reason::kNotYetValid;
  if (grant.ends && grant.valid_to <= at.latest) return Reason::kExpired;
  return std::nullopt;
}

bool deny_in_force(const IndexedGrant& grant, const Instant& at) {
  if (grant.status != GrantStatus::kActive && grant.ended_at <= at.earliest) return false;
  return grant.valid_from <= at.latest && (!grant.ends || at.earliest < grant.valid_to);
}

/// All fields but purpose and action.
bool deny_holds(const IndexedGrant& grant, const Question& question) {
  const auto& [requester, record, request] = question.access;
  return matches_grantee(grant, question.access) && deny_in_force(grant, request.at) &&
         matches_region(grant, question) && matches_data(grant, record) &&
         matches_class(grant, question) && matches_data_period(grant, record) &&
         record.confidentiality >= grant.confidentiality &&
         denies_labels(*grant.facts->terms, record);
}

}  // namespace

Question::Question(const Access& asked, const ConsentIndex& index, const PurposeTable& covered)
    : access(asked),
      covers(covered),
      purposes(index.purposes().mask_where([&](std::string_view granted) {
        return policy::covers(covered, granted, asked.request.purpose);
      })),
      regions(index.regions().mask_where(
          [&](std::string_view region) { return region == asked.requester.region; })),
      action(ledger::action_bit(asked.request.action)),
      record_class(ledger::class_bit(asked.record.record_class)) {}

std::optional<Reason> permit_mismatch(const IndexedGrant& grant, const Question& question) {
  const auto& [requester, record, request] = question.access;
  if (!matches_grantee(grant, question.access)) return Reason::kGrantee;
  if (const auto reason = out_of_force(grant, request.at)) return reason;
  if (!matches_purpose(grant, question)) return Reason::kPurpose;
  if (!matches_action(grant, question)) return Reason::kAction;
  if (!matches_region(grant, question)) return Reason::kJurisdiction;
  if (!matches_data(grant, record)) return Reason::kData;
  if (!matches_class(grant, question)) return Reason::kClass;
  if (!matches_data_period(grant, record)) return Reason::kDataPeriod;
  if (record.confidentiality > grant.confidentiality) return Reason::kConfidentiality;
  if (!permits_labels(*grant.facts->terms, record)) return Reason::kLabel;
  const bool is_used_up =
      grant.used_up || (request.takes_no_use && grant.facts->terms->max_uses.has_value());
  if (is_used_up && request.counted_grant != grant.facts->id) return Reason::kUsesExhausted;
  return std::nullopt;
}

int matched_fields(Reason mismatch) {
  switch (mismatch) {
    case Reason::kGrantee: return 0;
    case Reason::kRevoked:
    case Reason::kSuperseded: return 1;
    case Reason::kNotYetValid:
    case Reason::kExpired: return 2;
    default:
      // The remaining reasons are numbered in the order of matching.
      return static_cast<int>(mismatch) - static_cast<int>(Reason::kPurpose) + 3;
  }
}

bool deny_matches(const IndexedGrant& grant, const Question& question) {
  return matches_purpose(grant, question) && deny_forbids(grant, question);
}

bool deny_forbids(const IndexedGrant& grant, const Question& question) {
  // Who copies or passes on reads as well: a deny of reading is no way around itself.
  constexpr ledger::ActionSet kOpening =
      ledger::action_bit(ledger::Action::kCopy) | ledger::action_bit(ledger::Action::kRedisclose);
  ledger::ActionSet actions = question.action;
  if ((actions & kOpening) != 0) actions |= ledger::action_bit(ledger::Action::kRead);
  return (grant.actions & actions) != 0 && deny_holds(grant, question);
}

}  // namespace galen::policy

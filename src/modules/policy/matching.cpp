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

bool matches_grantee(const GrantFacts& grant, const Access& access) {
  const Requester& requester = access.requester;
  const AccountId& id = grant.terms->grantee.id;
  const auto is_member = [&] {
    return contains(grant.members, requester.person) ||
           contains(grant.members, requester.organisation);
  };
  switch (grant.terms->grantee.kind) {
    case ledger::GranteeKind::kAny:
      return true;
    case ledger::GranteeKind::kOrganisation:
      return requester.organisation == id;
    case ledger::GranteeKind::kPractitioner:
      return requester.person == id;
    case ledger::GranteeKind::kGroup:
      return is_member();
    case ledger::GranteeKind::kProject:
      return access.request.project == id && is_member();
  }
  return false;
}

bool matches_data(const GrantTerms& terms, const RecordFacts& record) {
  const auto fits = [&record](const DataLimit& limit) {
    switch (limit.meaning) {
      case DataMeaning::kInstance:
        return id_cast<Random32>(record.id) == limit.id;
      case DataMeaning::kRelated:
        return contains(record.related, limit.id);
      case DataMeaning::kAuthoredBy:
        return contains(record.authors, id_cast<AccountId>(limit.id));
    }
    return false;
  };
  return terms.data.empty() || std::any_of(terms.data.begin(), terms.data.end(), fits);
}

bool matches_data_period(const GrantTerms& terms, const RecordFacts& record) {
  return (!terms.data_from || *terms.data_from <= record.service_date) &&
         (!terms.data_to || record.service_date < *terms.data_to);
}

bool matches_purpose(const GrantTerms& terms, const PurposeTable& table, const Request& request) {
  return std::any_of(terms.purposes.begin(), terms.purposes.end(), [&](const std::string& granted) {
    return covers(table, granted, request.purpose);
  });
}

bool matches_action(const GrantTerms& terms, const Request& request) {
  return (terms.actions & ledger::action_bit(request.action)) != 0;
}

bool matches_region(const GrantTerms& terms, const Requester& requester) {
  return terms.regions.empty() || contains(terms.regions, requester.region);
}

bool matches_class(const GrantTerms& terms, const RecordFacts& record) {
  return (terms.classes & ledger::class_bit(record.record_class)) != 0;
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
std::optional<Reason> out_of_force(const GrantFacts& grant, const Instant& at) {
  if (grant.status != GrantStatus::kActive && grant.ended_at <= at.latest) {
    return grant.status == GrantStatus::kRevoked ? Reason::kRevoked : Reason::kSuperseded;
  }
  if (at.earliest < grant.terms->valid_from) return Reason::kNotYetValid;
  if (grant.terms->valid_to && *grant.terms->valid_to <= at.latest) return Reason::kExpired;
  return std::nullopt;
}

bool deny_in_force(const GrantFacts& grant, const Instant& at) {
  if (grant.status != GrantStatus::kActive && grant.ended_at <= at.earliest) return false;
  return grant.terms->valid_from <= at.latest &&
         (!grant.terms->valid_to || at.earliest < *grant.terms->valid_to);
}

}  // namespace

std::optional<Reason> permit_mismatch(const GrantFacts& grant,
                                      const Access& access,
                                      const Terminology& terminology) {
  const GrantTerms& terms = *grant.terms;
  const auto& [requester, record, request] = access;
  if (!matches_grantee(grant, access)) return Reason::kGrantee;
  if (const auto reason = out_of_force(grant, request.at)) return reason;
  if (!matches_purpose(terms, terminology.permit_covers, request)) return Reason::kPurpose;
  if (!matches_action(terms, request)) return Reason::kAction;
  if (!matches_region(terms, requester)) return Reason::kJurisdiction;
  if (!matches_data(terms, record)) return Reason::kData;
  if (!matches_class(terms, record)) return Reason::kClass;
  if (!matches_data_period(terms, record)) return Reason::kDataPeriod;
  if (record.confidentiality > terms.confidentiality) return Reason::kConfidentiality;
  if (!permits_labels(terms, record)) return Reason::kLabel;
  if (grant.uses_left == 0U && request.counted_grant != grant.id) return Reason::kUsesExhausted;
  return std::nullopt;
}

int matched_fields(Reason mismatch) {
  switch (mismatch) {
    case Reason::kGrantee:
      return 0;
    case Reason::kRevoked:
    case Reason::kSuperseded:
      return 1;
    case Reason::kNotYetValid:
    case Reason::kExpired:
      return 2;
    default:
      // The remaining reasons are numbered in the order of matching.
      return static_cast<int>(mismatch) - static_cast<int>(Reason::kPurpose) + 3;
  }
}

bool deny_matches(const GrantFacts& grant,
                  const Access& access,
                  const Terminology& terminology,
                  PurposeMatching purposes) {
  const GrantTerms& terms = *grant.terms;
  const auto& [requester, record, request] = access;
  return matches_grantee(grant, access) && deny_in_force(grant, request.at) &&
         (purposes == PurposeMatching::kIgnored ||
          matches_purpose(terms, terminology.deny_covers, request)) &&
         matches_action(terms, request) && matches_region(terms, requester) &&
         matches_data(terms, record) && matches_class(terms, record) &&
         matches_data_period(terms, record) && record.confidentiality >= terms.confidentiality &&
         denies_labels(terms, record);
}

}  // namespace galen::policy

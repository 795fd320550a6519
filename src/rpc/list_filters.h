// What a list leaves out because the caller asked so. Filters are checked before rights, so that a
// wrong one looks the same for every patient. Thread rule: pure functions.
#pragma once

#include "galen/v1/galen.pb.h"
#include "modules/consent/grants.h"
#include "modules/records/records.h"

namespace galen::rpc {

class GrantSelection {
 public:
  /// kInvalidArgument naming the field.
  [[nodiscard]] static Result<GrantSelection> of(const v1::GrantFilter& filter);
  /// `now`: what is active and has ended by then counts as ended.
  [[nodiscard]] bool takes(const consent::GrantEntry& entry, TimeMs now) const;

 private:
  std::optional<bool> active_;
  std::optional<AccountId> grantee_;
  std::optional<ledger::Effect> effect_;
  std::optional<TimeMs> expiring_before_;
};

class RecordSelection {
 public:
  /// kInvalidArgument naming the field.
  [[nodiscard]] static Result<RecordSelection> of(const v1::RecordFilter& filter);
  [[nodiscard]] bool takes(const records::RecordEntry& entry) const;

 private:
  ledger::ClassSet classes_ = ledger::kAllClasses;
  std::optional<ledger::CalendarDate> from_;
  std::optional<ledger::CalendarDate> to_;
  std::vector<std::string> labels_;
  std::optional<ledger::RecordStatus> status_;
};

/// What a page token is bound to: the subject of the list and the filter.
[[nodiscard]] Digest query_digest(const PatientId& subject, const v1::GrantFilter& filter);
[[nodiscard]] Digest query_digest(const PatientId& subject, const v1::RecordFilter& filter);

}  // namespace galen::rpc

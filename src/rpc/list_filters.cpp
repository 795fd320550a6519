#include "rpc/list_filters.h"

#include "base/limits.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "rpc/wire.h"

#include <algorithm>

namespace galen::rpc {

namespace {

constexpr std::uint32_t kLast = 2;  ///< of status and effect of grants

Status check_number(std::uint32_t value, std::uint32_t last, const char* field) {
  if (value <= last) return {};
  return fail(ErrorCode::kInvalidArgument,
              std::string(field) + ": at most " + std::to_string(last));
}

Digest bound(const PatientId& subject, codec::Writer&& filter) {
  return crypto::tagged("page-query", subject, crypto::sha256(std::move(filter).take()));
}

}  // namespace

Result<GrantSelection> GrantSelection::of(const v1::GrantFilter& filter) {
  GALEN_TRY_STATUS(check_number(filter.status(), kLast, "filter.status"));
  GALEN_TRY_STATUS(check_number(filter.effect(), kLast, "filter.effect"));
  GrantSelection selection;
  if (filter.status() != 0) selection.active_ = filter.status() == 1;
  if (!filter.grantee().empty()) {
    GALEN_TRY(selection.grantee_, fixed_field<AccountId>(filter.grantee(), "filter.grantee"));
  }
  if (filter.effect() != 0) {
    selection.effect_ = filter.effect() == 1 ? ledger::Effect::kPermit : ledger::Effect::kDeny;
  }
  if (filter.expiring_before_ms() > kMaxCounter) {
    return fail(ErrorCode::kInvalidArgument, "filter.expiring_before_ms: no time");
  }
  if (filter.expiring_before_ms() != 0) {
    selection.expiring_before_ = TimeMs{filter.expiring_before_ms()};
  }
  return selection;
}

bool GrantSelection::takes(const consent::GrantEntry& entry, TimeMs now) const {
  const auto& terms = entry.terms;
  const bool active =
      entry.status == policy::GrantStatus::kActive && (!terms.valid_to || now < *terms.valid_to);
  if (active_ && *active_ != active) return false;
  if (grantee_ && *grantee_ != terms.grantee.id) return false;
  if (effect_ && *effect_ != entry.effect) return false;
  return !expiring_before_ || (active && terms.valid_to && *terms.valid_to < *expiring_before_);
}

Result<RecordSelection> RecordSelection::of(const v1::RecordFilter& filter) {
  RecordSelection selection;
  if (filter.classes() > ledger::kAllClasses) {
    return fail(ErrorCode::kInvalidArgument, "filter.classes: unknown classes");
  }
  if (filter.classes() != 0) {
    selection.classes_ = static_cast<ledger::ClassSet>(filter.classes());
  }
  if (filter.has_from()) selection.from_ = ledger::CalendarDate{filter.from()};
  if (filter.has_to()) selection.to_ = ledger::CalendarDate{filter.to()};
  if (filter.labels_size() > static_cast<int>(limits::kMaxLabels)) {
    return fail(ErrorCode::kInvalidArgument, "filter.labels: too many");
  }
  selection.labels_ = {filter.labels().begin(), filter.labels().end()};
  const auto last = static_cast<std::uint32_t>(ledger::RecordStatus::kEnteredInError);
  GALEN_TRY_STATUS(check_number(filter.status(), last, "filter.status"));
  if (filter.status() != 0) {
    selection.status_ = static_cast<ledger::RecordStatus>(filter.status());
  }
  return selection;
}

bool RecordSelection::takes(const records::RecordEntry& entry) const {
  const ledger::AppendRecord& record = entry.record;
  if ((classes_ & ledger::class_bit(record.record_class)) == 0) return false;
  if (from_ && record.service_date < *from_) return false;
  if (to_ && *to_ <= record.service_date) return false;
  if (status_ && *status_ != entry.status) return false;
  return std::all_of(labels_.begin(), labels_.end(), [&record](const std::string& label) {
    return std::binary_search(record.labels.begin(), record.labels.end(), label);
  });
}

Digest query_digest(const PatientId& subject, const v1::GrantFilter& filter) {
  codec::Writer w;
  w.u32(filter.status()).text(filter.grantee()).u32(filter.effect());
  w.u64(filter.expiring_before_ms());
  return bound(subject, std::move(w));
}

Digest query_digest(const PatientId& subject, const v1::RecordFilter& filter) {
  codec::Writer w;
  w.u32(filter.classes()).boolean(filter.has_from()).i32(filter.from());
  w.boolean(filter.has_to()).i32(filter.to()).u32(filter.status());
  for (const std::string& label : filter.labels()) w.text(label);
  return bound(subject, std::move(w));
}

}  // namespace galen::rpc

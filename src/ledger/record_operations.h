// The index of records; payloads stand off the chain. FROZEN (docs/formats.md). Thread rule:
// values.
#pragma once

#include "base/ids.h"
#include "ledger/calendar_date.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::ledger {

/// record = H("record" || chain || organisation || seed); the submitter must be the custodian.
struct AppendRecord {
  static constexpr OperationType kType = OperationType::kAppendRecord;
  RecordId record;
  Random32 seed;
  PatientId patient;
  RecordClass record_class = RecordClass::kOther;
  Confidentiality confidentiality = Confidentiality::kN;
  std::vector<std::string> labels;  ///< opaque sensitivity labels, sorted, unique
  std::optional<std::uint32_t> labels_key_id;
  CalendarDate service_date;
  TimeMs created;
  std::string mime_type;
  std::uint64_t size = 0;  ///< plaintext bytes
  PayloadAddress payload;
  Digest content_commitment;       ///< H("content" || K_record || H(plaintext))
  std::vector<AccountId> authors;  ///< sorted, unique
  std::vector<Random32> related;   ///< e.g. the encounter's random id; sorted, unique
  bool withhold_from_patient = false;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const AppendRecord&, const AppendRecord&) = default;
};

/// A new version: the old record becomes superseded, the new one is appended, as one act. Only the
/// present version can be replaced, so the chain of versions is linear. The submitter is the
/// custodian.
struct ReplaceRecord {
  static constexpr OperationType kType = OperationType::kReplaceRecord;
  RecordId replaces;  ///< of the same patient
  AppendRecord next;
  RecordChange reason = RecordChange::kNewVersion;
  std::optional<RecordChange> label_reason;  ///< needed when `next` has a label the old one lacks

  [[nodiscard]] PatientId subject() const { return next.patient; }

  friend bool operator==(const ReplaceRecord&, const ReplaceRecord&) = default;
};

/// Entered in error: hidden from every purpose, kept in the audit. The submitter is the custodian.
struct RetractRecord {
  static constexpr OperationType kType = OperationType::kRetractRecord;
  PatientId patient;
  RecordId record;
  RecordChange reason = RecordChange::kWrongPatient;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const RetractRecord&, const RetractRecord&) = default;
};

}  // namespace galen::ledger

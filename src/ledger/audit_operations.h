// Acts that leave an entry in an audit log. FROZEN (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::ledger {

/// What a requester signs to see records; executing it decides (PRIVACY.md 21).
struct AccessRequest {
  RequestId request;
  AccountId person;        ///< practitioner, or the patient's own id
  AccountId organisation;  ///< of the requester
  PatientId patient;
  std::vector<RecordId> records;  ///< sorted, unique, at least one
  std::string purpose;            ///< HL7 PurposeOfUse code
  Action action = Action::kRead;
  PublicKey recipient_key;  ///< key agreement key the record key is wrapped to
  std::optional<AccountId> project;
  TimeMs expiry;
  friend bool operator==(const AccessRequest&, const AccessRequest&) = default;

  /// Asks for a list of whatever may be discovered: DISCOVER, and one zero id in place of records.
  /// It is decided once; what the list shows is decided record by record when it is read.
  [[nodiscard]] bool is_listing() const {
    return action == Action::kDiscover && records.size() == 1 && records.front().is_zero();
  }
};

struct LogAccess {
  static constexpr OperationType kType = OperationType::kLogAccess;
  AccessRequest request;

  [[nodiscard]] PatientId subject() const { return request.patient; }

  friend bool operator==(const LogAccess&, const LogAccess&) = default;
};

/// Somebody reads an audit log; decided like an access, permitted or refused. Authorised by the
/// reader (kPatient, kProxy or kRequester), not at all by an organisation itself; his organisation
/// submits it.
struct LogAuditRead {
  static constexpr OperationType kType = OperationType::kLogAuditRead;
  RequestId request;       ///< decided once
  PatientId log;           ///< whose log: a patient, or an organisation's id for its own log
  AccountId person;        ///< who reads
  AccountId organisation;  ///< of the reader
  std::string purpose;
  TimeMs from;  ///< entries of blocks from this time
  TimeMs to;    ///< exclusive
  TimeMs expiry;

  [[nodiscard]] PatientId subject() const { return log; }

  friend bool operator==(const LogAuditRead&, const LogAuditRead&) = default;
};

/// An administrative act that nothing else on the chain shows. Authorised by the person who acts
/// (kRequester), not at all by an organisation itself, which submits it.
struct LogAdministration {
  static constexpr OperationType kType = OperationType::kLogAdministration;
  RequestId request;       ///< one act, one entry
  PatientId log;           ///< the patient it is about, else the id of the organisation
  AccountId person;        ///< who acts
  AccountId organisation;  ///< the submitter
  AdministrativeAct act = AdministrativeAct::kExport;
  std::string purpose;
  std::vector<RecordId> records;       ///< sorted, unique; empty: not about single records
  std::optional<AccountId> recipient;  ///< of an export: the organisation that receives
  TimeMs time;                         ///< of the act, by the organisation's clock

  [[nodiscard]] PatientId subject() const { return log; }

  friend bool operator==(const LogAdministration&, const LogAdministration&) = default;
};

}  // namespace galen::ledger

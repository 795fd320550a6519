// Forgetting (PRIVACY.md 12-20). What names a person is PERSONAL and goes with him; orders and
// attestations are PUBLIC and name paths, which say nothing to who does not know the id. FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"
#include "ledger/state_key.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::ledger {

/// What an order needs first. Authorised by the patient (kPatient), or submitted by the custodian
/// with a kOrganisation authorisation of another organisation: never by the custodian alone. Its
/// execution leaves {path, scope, basis} under the id of the request in the main tree, where the
/// order finds it. It serves for kErasureRequestMs: an old signature is no licence to erase.
struct RequestErasure {
  static constexpr OperationType kType = OperationType::kRequestErasure;
  ErasureId request;  ///< erasure_id(chain, submitter, seed)
  Random32 seed;
  PatientId patient;
  ErasureScope scope = ErasureScope::kPatient;
  std::optional<RecordId> record;  ///< exactly when the scope is kRecord
  ErasureBasis basis = ErasureBasis::kPatientRequest;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const RequestErasure&, const RequestErasure&) = default;
};

/// Takes a request back before it is ordered. What the patient asked for, by his signature; else by
/// whoever submitted it.
struct WithdrawErasure {
  static constexpr OperationType kType = OperationType::kWithdrawErasure;
  ErasureId request;
  PatientId patient;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const WithdrawErasure&, const WithdrawErasure&) = default;
};

/// PUBLIC order. By the custodian, or who submitted the request.
struct ErasePatient {
  static constexpr OperationType kType = OperationType::kErasePatient;
  ErasureId request;
  SubjectPath path;
  ErasureScope scope = ErasureScope::kPatient;  ///< kPatient or kAudit
  ErasureBasis basis = ErasureBasis::kPatientRequest;
  std::uint64_t operations = 0;  ///< bodies that go with it, of the whole chain
  TimeMs audit_until;  ///< kPatient: end of the audit compartment's retention; kAudit: zero
  friend bool operator==(const ErasePatient&, const ErasePatient&) = default;
};

/// PUBLIC order. By the custodian, or who submitted the request.
struct EraseRecord {
  static constexpr OperationType kType = OperationType::kEraseRecord;
  ErasureId request;
  SubjectPath path;
  RecordPath record;
  ErasureBasis basis = ErasureBasis::kPatientRequest;
  std::uint64_t operations = 0;  ///< bodies that go with it, of the whole chain
  friend bool operator==(const EraseRecord&, const EraseRecord&) = default;
};

struct Retained {
  RetainedItem item = RetainedItem::kAuditCompartment;
  RetentionReason reason = RetentionReason::kRetentionPeriod;
  TimeMs until;
  friend auto operator<=>(const Retained&, const Retained&) = default;
};

/// PUBLIC. A node has done a phase of an order. The submitter is the node's organisation.
struct AttestErasure {
  static constexpr OperationType kType = OperationType::kAttestErasure;
  TxId order;
  std::uint16_t operation = 0;  ///< of that transaction
  AccountId node;               ///< the organisation whose node attests
  ErasurePhase phase = ErasurePhase::kKeys;
  std::vector<Retained> retained;  ///< sorted, unique: what is left and why
  TimeMs time;                     ///< of completion, by the clock of the node
  friend bool operator==(const AttestErasure&, const AttestErasure&) = default;
};

/// Legal hold: erasures within its scope are refused until it ends. Submitted by the custodian, and
/// authorised (kOrganisation) by `authority` when that is another member. Leaves its end under the
/// path in the main tree, where orders find it.
struct PlaceHold {
  static constexpr OperationType kType = OperationType::kPlaceHold;
  HoldId hold;  ///< hold_id(chain, submitter, seed)
  Random32 seed;
  PatientId patient;
  HoldScope scope = HoldScope::kPatient;
  std::vector<RecordId> records;  ///< sorted, unique; not empty exactly when the scope is kRecords
  HoldBasis basis = HoldBasis::kCourtOrder;
  AccountId authority;  ///< the member that answers for it
  Digest document;      ///< salted commitment to the order
  TimeMs until;         ///< exclusive; block time

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const PlaceHold&, const PlaceHold&) = default;
};

/// Ends a hold early. By whoever placed it.
struct LiftHold {
  static constexpr OperationType kType = OperationType::kLiftHold;
  PatientId patient;
  HoldId hold;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const LiftHold&, const LiftHold&) = default;
};

/// Bodies of one subject's compartment, or of one record in the clinical one, or of the links that
/// the subject shares with others.
struct BodiesOf {
  SubjectPath path;
  TreeKind compartment = TreeKind::kClinical;  ///< not the main tree
  std::optional<RecordPath> record;
  std::vector<SubjectPath> shared_with = {};  ///< with any of these; not together with a record

  friend bool operator==(const BodiesOf&, const BodiesOf&) = default;
};

/// H("subject" || subject): key hash of the subject's leaf in the main tree.
[[nodiscard]] SubjectPath subject_path(const PatientId& subject);
/// H("record" || record): key hash of the record's leaf in the subject's tree.
[[nodiscard]] RecordPath record_path(const RecordId& record);
/// H("erasure" || chain || organisation || seed).
[[nodiscard]] ErasureId erasure_id(const ChainId& chain,
                                   const AccountId& organisation,
                                   const Random32& seed);
/// H("hold" || chain || organisation || seed).
[[nodiscard]] HoldId hold_id(const ChainId& chain,
                             const AccountId& organisation,
                             const Random32& seed);

}  // namespace galen::ledger

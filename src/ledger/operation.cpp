#include "ledger/operation.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/fields.h"
#include "ledger/operation_codec.h"

#include <algorithm>
#include <utility>

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;
using fields::read_enumeration;

constexpr std::uint16_t kOperationVersion = 1;
constexpr std::uint16_t kPossessionVersion = 1;

/// Reads alternative I when it is of this type.
template <std::size_t I>
bool read_if(Reader& r, OperationType type, std::optional<Operation>& operation) {
  using T = std::variant_alternative_t<I, Operation>;
  if (T::kType != type) return false;
  T value;
  fields::read_operation(r, value);
  operation.emplace(std::in_place_index<I>, std::move(value));
  return true;
}

template <std::size_t... I>
std::optional<Operation> read_any(Reader& r, OperationType type, std::index_sequence<I...>) {
  std::optional<Operation> operation;
  if (!(read_if<I>(r, type, operation) || ...)) {
    r.fail_with("operation " + std::string(name(type)) + " is not supported");
  }
  return operation;
}

}  // namespace

OperationType type_of(const Operation& operation) {
  return std::visit([](const auto& value) { return std::decay_t<decltype(value)>::kType; },
                    operation);
}

PatientId subject_of(const Operation& operation) {
  return std::visit(
      [](const auto& value) {
        if constexpr (requires { value.subject(); }) return value.subject();
        return PatientId{};
      },
      operation);
}

std::optional<PatientId> other_subject_of(const Operation& operation) {
  return std::visit(
      [](const auto& value) -> std::optional<PatientId> {
        if constexpr (requires { value.other_subject(); }) return value.other_subject();
        return std::nullopt;
      },
      operation);
}

TransactionClass class_of(OperationType type) {
  switch (type) {
    case OperationType::kRegisterOrganisation:
    case OperationType::kRotateKey:
    case OperationType::kSuspend:
    case OperationType::kDefineGroup:
    case OperationType::kUpdateGroup:
    case OperationType::kAnchorJournal:
    case OperationType::kAnchorJournalReceipt:
    case OperationType::kErasePatient:
    case OperationType::kEraseRecord:
    case OperationType::kAttestErasure: return TransactionClass::kPublic;
    default: return TransactionClass::kPersonal;
  }
}

bool in_audit_compartment(OperationType type) {
  return is_log_entry(type) || type == OperationType::kDeclareEmergency ||
         type == OperationType::kReviewEmergency;
}

std::optional<RecordId> record_of(const Operation& operation) {
  if (const auto* append = std::get_if<AppendRecord>(&operation)) return append->record;
  if (const auto* replace = std::get_if<ReplaceRecord>(&operation)) return replace->next.record;
  if (const auto* retract = std::get_if<RetractRecord>(&operation)) return retract->record;
  return std::nullopt;
}

bool is_about(const Operation& operation, const SubjectPath& path) {
  if (class_of(type_of(operation)) != TransactionClass::kPersonal) return false;
  const std::optional<PatientId> other = other_subject_of(operation);
  return subject_path(subject_of(operation)) == path || (other && subject_path(*other) == path);
}

bool is_among(const BodiesOf& bodies, const Operation& operation) {
  const bool audit = in_audit_compartment(type_of(operation));
  if (audit != (bodies.compartment == TreeKind::kAudit)) return false;
  if (!is_about(operation, bodies.path)) return false;
  const auto& others = bodies.shared_with;
  const auto names = [&](const SubjectPath& other) { return is_about(operation, other); };
  if (!others.empty() && std::none_of(others.begin(), others.end(), names)) return false;
  if (!bodies.record) return true;
  const std::optional<RecordId> record = record_of(operation);
  return record && record_path(*record) == *bodies.record;
}

bool needs_living_subject(OperationType type) {
  switch (type) {
    case OperationType::kRotatePersonKey:
    case OperationType::kSetRecovery:
    case OperationType::kRequestRecovery:
    case OperationType::kVetoRecovery:
    case OperationType::kCompleteRecovery:
    case OperationType::kRegisterPatient:
    case OperationType::kAuthorizeProxy:
    case OperationType::kLinkPatient:
    case OperationType::kUnlinkPatient:
    case OperationType::kRevokeProxy:
    case OperationType::kGrantAccess:
    case OperationType::kDenyAccess:
    case OperationType::kRevokeAccess:
    case OperationType::kAppendRecord:
    case OperationType::kReplaceRecord:
    case OperationType::kRetractRecord:
    case OperationType::kDeclareEmergency: return true;
    default: return false;
  }
}

bool is_log_entry(OperationType type) {
  switch (type) {
    case OperationType::kLogAccess:
    case OperationType::kLogEmergency:
    case OperationType::kLogAuditRead:
    case OperationType::kLogAdministration: return true;
    default: return false;
  }
}

Bytes encode(const Operation& operation) {
  Writer w;
  w.enumeration(type_of(operation)).u16(kOperationVersion);
  std::visit([&w](const auto& value) { fields::write_operation(w, value); }, operation);
  return std::move(w).take();
}

Result<Operation> decode_operation(BytesView bytes) {
  if (bytes.size() > limits::kMaxOperationBytes) {
    return fail(ErrorCode::kTooLarge,
                "operation: " + std::to_string(bytes.size()) + " bytes, the limit is " +
                    std::to_string(limits::kMaxOperationBytes));
  }
  Reader r(bytes, "operation");
  const auto type = read_enumeration<OperationType>(r);
  const std::uint16_t version = r.u16();
  if (!r.failed() && version != kOperationVersion) {
    r.fail_with("encoding version " + std::to_string(version) + " is not supported");
  }
  GALEN_TRY_STATUS(r.status());
  std::optional<Operation> operation =
      read_any(r, type, std::make_index_sequence<std::variant_size_v<Operation>>{});
  GALEN_TRY_STATUS(r.finish());
  return *std::move(operation);
}

AccountId practitioner_id(const ChainId& chain,
                          const AccountId& organisation,
                          const Random32& seed) {
  return id_cast<AccountId>(crypto::tagged("practitioner", chain, organisation, seed));
}

PatientId patient_id(const ChainId& chain, const AccountId& organisation, const Random32& seed) {
  return id_cast<PatientId>(crypto::tagged("patient", chain, organisation, seed));
}

RecordId record_id(const ChainId& chain, const AccountId& organisation, const Random32& seed) {
  return id_cast<RecordId>(crypto::tagged("record", chain, organisation, seed));
}

Bytes possession_statement(KeyUse use, const AccountId& account, const PublicKey& key) {
  Writer w;
  w.tag("possession").u16(kPossessionVersion).enumeration(use).raw(account).raw(key);
  return std::move(w).take();
}

}  // namespace galen::ledger

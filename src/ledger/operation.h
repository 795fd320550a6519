// Operations: what one transaction body says; the types are in the headers of their families. Each
// PERSONAL operation names one subject, a link two; PUBLIC ones name none (PRIVACY.md 3). encode =
// u16 type || u16 encoding version || fields in the order of the table. FROZEN (docs/formats.md).
// Decoding checks shape and limits only; meaning is checked by modules/ against the state.
// A type is added to its family, with a line in the variant below, a description in the family's
// .cpp and a line in engine/application.cpp. Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/audit_operations.h"
#include "ledger/codes.h"
#include "ledger/consent_operations.h"
#include "ledger/emergency_operations.h"
#include "ledger/erasure_operations.h"
#include "ledger/group_operations.h"
#include "ledger/identity_operations.h"
#include "ledger/record_operations.h"
#include "ledger/recovery_operations.h"
#include "ledger/relation_operations.h"

#include <optional>
#include <variant>

namespace galen::ledger {

using Operation = std::variant<RegisterPractitioner,
                               RotateKey,
                               Suspend,
                               RotatePersonKey,
                               SuspendPractitioner,
                               SetRecovery,
                               RequestRecovery,
                               VetoRecovery,
                               CompleteRecovery,
                               RegisterPatient,
                               AuthorizeProxy,
                               LinkPatient,
                               UnlinkPatient,
                               RevokeProxy,
                               GrantAccess,
                               DenyAccess,
                               RevokeAccess,
                               DefineGroup,
                               UpdateGroup,
                               ChangeMembership,
                               AppendRecord,
                               ReplaceRecord,
                               RetractRecord,
                               LogAccess,
                               DeclareEmergency,
                               AnchorJournal,
                               ReviewEmergency,
                               LogEmergency,
                               AnchorJournalReceipt,
                               LogAuditRead,
                               LogAdministration,
                               ErasePatient,
                               EraseRecord,
                               AttestErasure,
                               RequestErasure,
                               PlaceHold,
                               LiftHold,
                               WithdrawErasure>;

[[nodiscard]] OperationType type_of(const Operation& operation);
/// PUBLIC for organisations and groups of them, journal anchors, erasure orders and attestations,
/// which must outlive what they are about.
[[nodiscard]] TransactionClass class_of(OperationType type);
/// The person the operation is about: its body and state are encrypted under this subject's keys.
/// Zero for a PUBLIC operation, which is about nobody.
[[nodiscard]] PatientId subject_of(const Operation& operation);
/// The second patient of a link: the operation is erased with either (PRIVACY.md 3).
[[nodiscard]] std::optional<PatientId> other_subject_of(const Operation& operation);
/// The record whose body goes with it: the one appended, also by a replacement, or retracted.
[[nodiscard]] std::optional<RecordId> record_of(const Operation& operation);
/// Whether a personal operation goes with the subject at this path: its own, or a link's second
/// one.
[[nodiscard]] bool is_about(const Operation& operation, const SubjectPath& path);
/// Whether the operation's body is one of these.
[[nodiscard]] bool is_among(const BodiesOf& bodies, const Operation& operation);
/// Emergencies and the entries of logs belong to the audit compartment, everything else personal to
/// the clinical one.
[[nodiscard]] bool in_audit_compartment(OperationType type);
/// Ends with kErased from the moment when its subject's clinical compartment is gone. What is left
/// out outlives it: log entries, reviews, requests and holds, which may be about the audit log.
[[nodiscard]] bool needs_living_subject(OperationType type);
/// Entries of an audit log share a transaction with no other type, so that no neighbour's failure
/// erases one (PRIVACY.md 21).
[[nodiscard]] bool is_log_entry(OperationType type);

[[nodiscard]] Bytes encode(const Operation& operation);
/// kMalformed with the field at fault; kTooLarge above limits::kMaxOperationBytes.
[[nodiscard]] Result<Operation> decode_operation(BytesView bytes);

/// Ids derived from seeds, so that nobody squats on another's (PRIVACY.md 9).
[[nodiscard]] AccountId practitioner_id(const ChainId& chain,
                                        const AccountId& organisation,
                                        const Random32& seed);
[[nodiscard]] PatientId patient_id(const ChainId& chain,
                                   const AccountId& organisation,
                                   const Random32& seed);
[[nodiscard]] RecordId record_id(const ChainId& chain,
                                 const AccountId& organisation,
                                 const Random32& seed);

/// Bytes a key signs to prove its possession: tag "possession" || u16 version || u8 use || account
/// || key.
[[nodiscard]] Bytes possession_statement(KeyUse use,
                                         const AccountId& account,
                                         const PublicKey& key);

}  // namespace galen::ledger

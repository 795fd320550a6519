// Operations: what one transaction body says. Each PERSONAL operation names one subject (PRIVACY.md
// 3). encode = u16 type || u16 encoding version || fields in the order below. FROZEN
// (docs/formats.md). Decoding checks shape and limits only; meaning is checked by modules/ against
// the state. Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace galen::ledger {

/// Days since 1970-01-01 in the proleptic Gregorian calendar; may be negative.
struct CalendarDate {
  std::int32_t days = 0;
  friend auto operator<=>(const CalendarDate&, const CalendarDate&) = default;
};

/// A person acting for an organisation. practitioner = H("practitioner" || chain || organisation ||
/// seed).
struct RegisterPractitioner {
  AccountId practitioner;
  Random32 seed;
  Role role = Role::kClinician;
  bool emergency_privilege = false;  ///< may declare break-glass
  PublicKey signing_key;
  PublicKey agreement_key;         ///< record keys are released to it
  Signature signing_possession;    ///< over possession_statement(kSigning, practitioner, key)
  Signature agreement_possession;  ///< the same with kAgreement, by agreement_key
  friend bool operator==(const RegisterPractitioner&, const RegisterPractitioner&) = default;
};

/// patient = H("patient" || chain || organisation || seed); the submitter becomes the custodian.
struct RegisterPatient {
  PatientId patient;
  Random32 seed;
  PublicKey signing_key;
  PublicKey agreement_key;
  KeyHolder held_by = KeyHolder::kCustodian;
  Signature signing_possession;
  Signature agreement_possession;
  friend bool operator==(const RegisterPatient&, const RegisterPatient&) = default;
};

struct Grantee {
  GranteeKind kind = GranteeKind::kOrganisation;
  AccountId id;  ///< zero when kAny
  friend auto operator<=>(const Grantee&, const Grantee&) = default;
};

struct DataLimit {
  DataMeaning meaning = DataMeaning::kInstance;
  Random32 id;  ///< record id, related id or author's account id
  friend auto operator<=>(const DataLimit&, const DataLimit&) = default;
};

/// GrantAccess (permit) and DenyAccess (deny) share their terms (HEALTH.md 1.4). The grantor, his
/// sequence number and the grant's id come from the authorisation (PRIVACY.md 8, 9).
struct GrantTerms {
  PatientId patient;
  Grantee grantee;
  std::vector<std::string> purposes;  ///< sorted, unique; "*" alone only in a deny
  ActionSet actions = action_bit(Action::kDiscover) | action_bit(Action::kRead);
  ClassSet classes = kAllClasses;
  Confidentiality confidentiality = Confidentiality::kN;  ///< permit: ceiling; deny: floor
  std::vector<std::string> labels;                        ///< sorted, unique
  std::optional<CalendarDate> data_from;                  ///< inclusive
  std::optional<CalendarDate> data_to;                    ///< exclusive
  std::vector<DataLimit> data;                            ///< sorted, unique; empty = no limit
  std::vector<std::string> regions;                       ///< ISO 3166-1 alpha-2, sorted, unique
  TimeMs valid_from;
  std::optional<TimeMs> valid_to;  ///< exclusive
  std::optional<TimeMs> erase_at;
  EmergencyOverride emergency_override = EmergencyOverride::kAllow;  ///< deny only
  Digest policy;                                                     ///< registered policy version
  Digest terms_commitment;          ///< salted commitment to the human-readable consent
  std::vector<GrantId> supersedes;  ///< sorted, unique
  std::optional<std::uint32_t> max_uses;
  bool acknowledge_shadowed = false;
  bool follow = false;
  std::optional<std::uint32_t> labels_key_id;
  friend bool operator==(const GrantTerms&, const GrantTerms&) = default;
};

struct GrantAccess {
  GrantTerms terms;
  friend bool operator==(const GrantAccess&, const GrantAccess&) = default;
};

struct DenyAccess {
  GrantTerms terms;
  friend bool operator==(const DenyAccess&, const DenyAccess&) = default;
};

struct RevokeAccess {
  PatientId patient;
  GrantId grant;
  std::uint16_t reason_code = 0;
  friend bool operator==(const RevokeAccess&, const RevokeAccess&) = default;
};

/// record = H("record" || chain || organisation || seed); the submitter must be the custodian.
struct AppendRecord {
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
  friend bool operator==(const AppendRecord&, const AppendRecord&) = default;
};

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
};

struct LogAccess {
  AccessRequest request;
  friend bool operator==(const LogAccess&, const LogAccess&) = default;
};

using Operation = std::variant<RegisterPractitioner,
                               RegisterPatient,
                               GrantAccess,
                               DenyAccess,
                               RevokeAccess,
                               AppendRecord,
                               LogAccess>;

[[nodiscard]] OperationType type_of(const Operation& operation);
/// PUBLIC for organisations, journal anchors and erasure orders, which must outlive what they
/// erase.
[[nodiscard]] TransactionClass class_of(OperationType type);
/// The person the operation is about: its body and state are encrypted under this subject's keys.
[[nodiscard]] PatientId subject_of(const Operation& operation);
/// LogAccess belongs to the audit compartment, everything else personal to the clinical one.
[[nodiscard]] bool in_audit_compartment(OperationType type);

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

/// What a key is for; part of every proof of possession.
enum class KeyUse : std::uint8_t {
  kSigning = 1,
  kAgreement = 2,
  kTls = 3,
  kConsensus = 4,
  kReceipt = 5
};

/// Bytes a key signs to prove its possession: tag "possession" || u16 version || u8 use || account
/// || key.
[[nodiscard]] Bytes possession_statement(KeyUse use,
                                         const AccountId& account,
                                         const PublicKey& key);

}  // namespace galen::ledger

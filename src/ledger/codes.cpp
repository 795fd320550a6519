#include "ledger/codes.h"

#include <array>

namespace galen::ledger {

namespace {

template <class E>
struct Row {
  E value;
  std::string_view text;
};

/// The listed enumerators of E with their names; one specialisation for each code set.
template <class E>
struct Table;

template <>
struct Table<OperationType> {
  static constexpr std::array<Row<OperationType>, 21> kRows{{
      {OperationType::kRegisterOrganisation, "RegisterOrganisation"},
      {OperationType::kRegisterPractitioner, "RegisterPractitioner"},
      {OperationType::kRotateKey, "RotateKey"},
      {OperationType::kSuspend, "Suspend"},
      {OperationType::kRegisterPatient, "RegisterPatient"},
      {OperationType::kAuthorizeProxy, "AuthorizeProxy"},
      {OperationType::kLinkPatient, "LinkPatient"},
      {OperationType::kUnlinkPatient, "UnlinkPatient"},
      {OperationType::kGrantAccess, "GrantAccess"},
      {OperationType::kDenyAccess, "DenyAccess"},
      {OperationType::kRevokeAccess, "RevokeAccess"},
      {OperationType::kAppendRecord, "AppendRecord"},
      {OperationType::kReplaceRecord, "ReplaceRecord"},
      {OperationType::kRetractRecord, "RetractRecord"},
      {OperationType::kLogAccess, "LogAccess"},
      {OperationType::kDeclareEmergency, "DeclareEmergency"},
      {OperationType::kAnchorJournal, "AnchorJournal"},
      {OperationType::kReviewEmergency, "ReviewEmergency"},
      {OperationType::kErasePatient, "ErasePatient"},
      {OperationType::kEraseRecord, "EraseRecord"},
      {OperationType::kAttestErasure, "AttestErasure"},
  }};
};

template <>
struct Table<TransactionClass> {
  static constexpr std::array<Row<TransactionClass>, 2> kRows{{
      {TransactionClass::kPublic, "PUBLIC"},
      {TransactionClass::kPersonal, "PERSONAL"},
  }};
};

template <>
struct Table<AuthorisationRole> {
  static constexpr std::array<Row<AuthorisationRole>, 4> kRows{{
      {AuthorisationRole::kPatient, "patient"},
      {AuthorisationRole::kProxy, "proxy"},
      {AuthorisationRole::kCustodian, "custodian"},
      {AuthorisationRole::kRequester, "requester"},
  }};
};

template <>
struct Table<OrganisationKind> {
  static constexpr std::array<Row<OrganisationKind>, 4> kRows{{
      {OrganisationKind::kProvider, "provider"},
      {OrganisationKind::kPayer, "payer"},
      {OrganisationKind::kResearch, "research"},
      {OrganisationKind::kPublicHealth, "public-health"},
  }};
};

template <>
struct Table<Role> {
  static constexpr std::array<Row<Role>, 8> kRows{{
      {Role::kClinician, "clinician"},
      {Role::kBilling, "billing"},
      {Role::kPayer, "payer"},
      {Role::kResearcher, "researcher"},
      {Role::kPublicHealth, "public-health"},
      {Role::kAuditor, "auditor"},
      {Role::kPatient, "patient"},
      {Role::kProxy, "proxy"},
  }};
};

template <>
struct Table<KeyHolder> {
  static constexpr std::array<Row<KeyHolder>, 2> kRows{{
      {KeyHolder::kPatient, "patient"},
      {KeyHolder::kCustodian, "custodian"},
  }};
};

template <>
struct Table<Effect> {
  static constexpr std::array<Row<Effect>, 2> kRows{{
      {Effect::kPermit, "permit"},
      {Effect::kDeny, "deny"},
  }};
};

template <>
struct Table<GranteeKind> {
  static constexpr std::array<Row<GranteeKind>, 5> kRows{{
      {GranteeKind::kAny, "ANY"},
      {GranteeKind::kOrganisation, "ORG"},
      {GranteeKind::kPractitioner, "PRACTITIONER"},
      {GranteeKind::kGroup, "GROUP"},
      {GranteeKind::kProject, "PROJECT"},
  }};
};

template <>
struct Table<Action> {
  static constexpr std::array<Row<Action>, 4> kRows{{
      {Action::kDiscover, "DISCOVER"},
      {Action::kRead, "READ"},
      {Action::kCopy, "COPY"},
      {Action::kRedisclose, "REDISCLOSE"},
  }};
};

template <>
struct Table<RecordClass> {
  static constexpr std::array<Row<RecordClass>, 11> kRows{{
      {RecordClass::kSummary, "SUMMARY"},
      {RecordClass::kNote, "NOTE"},
      {RecordClass::kLab, "LAB"},
      {RecordClass::kImaging, "IMAGING"},
      {RecordClass::kMedication, "MEDICATION"},
      {RecordClass::kImmunization, "IMMUNIZATION"},
      {RecordClass::kProcedure, "PROCEDURE"},
      {RecordClass::kDevice, "DEVICE"},
      {RecordClass::kClaim, "CLAIM"},
      {RecordClass::kTrial, "TRIAL"},
      {RecordClass::kOther, "OTHER"},
  }};
};

template <>
struct Table<Confidentiality> {
  static constexpr std::array<Row<Confidentiality>, 6> kRows{{
      {Confidentiality::kU, "U"},
      {Confidentiality::kL, "L"},
      {Confidentiality::kM, "M"},
      {Confidentiality::kN, "N"},
      {Confidentiality::kR, "R"},
      {Confidentiality::kV, "V"},
  }};
};

template <>
struct Table<DataMeaning> {
  static constexpr std::array<Row<DataMeaning>, 3> kRows{{
      {DataMeaning::kInstance, "instance"},
      {DataMeaning::kRelated, "related"},
      {DataMeaning::kAuthoredBy, "authoredby"},
  }};
};

template <>
struct Table<EmergencyOverride> {
  static constexpr std::array<Row<EmergencyOverride>, 2> kRows{{
      {EmergencyOverride::kAllow, "ALLOW"},
      {EmergencyOverride::kForbid, "FORBID"},
  }};
};

template <>
struct Table<RecordStatus> {
  static constexpr std::array<Row<RecordStatus>, 4> kRows{{
      {RecordStatus::kCurrent, "current"},
      {RecordStatus::kSuperseded, "superseded"},
      {RecordStatus::kEnteredInError, "entered-in-error"},
      {RecordStatus::kErased, "erased"},
  }};
};

template <>
struct Table<ImplicitPolicy> {
  static constexpr std::array<Row<ImplicitPolicy>, 4> kRows{{
      {ImplicitPolicy::kDeny, "deny"},
      {ImplicitPolicy::kBreakGlassOnly, "break-glass-only"},
      {ImplicitPolicy::kBasicNormal, "basic-normal"},
      {ImplicitPolicy::kAllNormal, "all-normal"},
  }};
};

template <class E>
std::string_view name_of(E value) {
  for (const auto& row : Table<E>::kRows) {
    if (row.value == value) return row.text;
  }
  return "?";
}

}  // namespace

template <class E>
std::optional<E> parse(std::string_view text) {
  for (const auto& row : Table<E>::kRows) {
    if (row.text == text) return row.value;
  }
  return std::nullopt;
}

template <class E>
bool is_valid(E value) {
  for (const auto& row : Table<E>::kRows) {
    if (row.value == value) return true;
  }
  return false;
}

#define GALEN_CODE_SET(E)                               \
  std::string_view name(E v) {                          \
    return name_of(v);                                  \
  }                                                     \
  template std::optional<E> parse<E>(std::string_view); \
  template bool is_valid<E>(E)

GALEN_CODE_SET(OperationType);
GALEN_CODE_SET(TransactionClass);
GALEN_CODE_SET(AuthorisationRole);
GALEN_CODE_SET(OrganisationKind);
GALEN_CODE_SET(Role);
GALEN_CODE_SET(KeyHolder);
GALEN_CODE_SET(Effect);
GALEN_CODE_SET(GranteeKind);
GALEN_CODE_SET(Action);
GALEN_CODE_SET(RecordClass);
GALEN_CODE_SET(Confidentiality);
GALEN_CODE_SET(DataMeaning);
GALEN_CODE_SET(EmergencyOverride);
GALEN_CODE_SET(RecordStatus);
GALEN_CODE_SET(ImplicitPolicy);

#undef GALEN_CODE_SET

}  // namespace galen::ledger

#include "ledger/operation.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/fields.h"
#include "ledger/grant_terms.h"

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;
using fields::read_enumeration;

constexpr std::uint16_t kOperationVersion = 1;
constexpr std::uint16_t kPossessionVersion = 1;

void write(Writer& w, const RegisterPractitioner& v) {
  w.raw(v.practitioner).raw(v.seed).enumeration(v.role).boolean(v.emergency_privilege);
  w.raw(v.signing_key).raw(v.agreement_key);
  w.raw(v.signing_possession).raw(v.agreement_possession);
}

RegisterPractitioner read_register_practitioner(Reader& r) {
  RegisterPractitioner v;
  v.practitioner = r.fixed<AccountId>();
  v.seed = r.fixed<Random32>();
  v.role = read_enumeration<Role>(r);
  v.emergency_privilege = r.boolean();
  v.signing_key = r.fixed<PublicKey>();
  v.agreement_key = r.fixed<PublicKey>();
  v.signing_possession = r.fixed<Signature>();
  v.agreement_possession = r.fixed<Signature>();
  return v;
}

void write(Writer& w, const RegisterPatient& v) {
  w.raw(v.patient).raw(v.seed).raw(v.signing_key).raw(v.agreement_key).enumeration(v.held_by);
  w.raw(v.signing_possession).raw(v.agreement_possession);
}

RegisterPatient read_register_patient(Reader& r) {
  RegisterPatient v;
  v.patient = r.fixed<PatientId>();
  v.seed = r.fixed<Random32>();
  v.signing_key = r.fixed<PublicKey>();
  v.agreement_key = r.fixed<PublicKey>();
  v.held_by = read_enumeration<KeyHolder>(r);
  v.signing_possession = r.fixed<Signature>();
  v.agreement_possession = r.fixed<Signature>();
  return v;
}

void write(Writer& w, const GrantAccess& v) {
  fields::write(w, v.terms);
}

void write(Writer& w, const DenyAccess& v) {
  fields::write(w, v.terms);
}

void write(Writer& w, const RevokeAccess& v) {
  w.raw(v.patient).raw(v.grant).u16(v.reason_code);
}

RevokeAccess read_revoke_access(Reader& r) {
  RevokeAccess v;
  v.patient = r.fixed<PatientId>();
  v.grant = r.fixed<GrantId>();
  v.reason_code = r.u16();
  return v;
}

void write(Writer& w, const AppendRecord& v) {
  w.raw(v.record).raw(v.seed).raw(v.patient).enumeration(v.record_class);
  w.enumeration(v.confidentiality);
  fields::write_texts(w, v.labels);
  fields::write_optional(w, v.labels_key_id, [](Writer& o, std::uint32_t id) { o.u32(id); });
  w.i32(v.service_date.days).counter(v.created).text(v.mime_type).u64(v.size);
  w.raw(v.payload).raw(v.content_commitment);
  fields::write_ids(w, v.authors);
  fields::write_ids(w, v.related);
  w.boolean(v.withhold_from_patient);
}

AppendRecord read_append_record(Reader& r) {
  AppendRecord v;
  v.record = r.fixed<RecordId>();
  v.seed = r.fixed<Random32>();
  v.patient = r.fixed<PatientId>();
  v.record_class = read_enumeration<RecordClass>(r);
  v.confidentiality = read_enumeration<Confidentiality>(r);
  v.labels = fields::read_codes(r, limits::kMaxLabels, limits::kMaxLabelBytes);
  v.labels_key_id = fields::read_optional<std::uint32_t>(r, [](Reader& o) { return o.u32(); });
  v.service_date.days = r.i32();
  v.created = r.counter<TimeMs>();
  v.mime_type = fields::read_mime_type(r);
  v.size = r.u64();
  if (v.size > limits::kMaxPayloadBytes) r.fail_with("a record size above the limit");
  v.payload = r.fixed<PayloadAddress>();
  v.content_commitment = r.fixed<Digest>();
  v.authors = fields::read_sorted_ids<AccountId>(r, limits::kMaxAuthors, "authors");
  v.related = fields::read_sorted_ids<Random32>(r, limits::kMaxRelated, "related ids");
  v.withhold_from_patient = r.boolean();
  return v;
}

void write(Writer& w, const LogAccess& v) {
  const AccessRequest& q = v.request;
  w.raw(q.request).raw(q.person).raw(q.organisation).raw(q.patient);
  fields::write_ids(w, q.records);
  w.text(q.purpose).enumeration(q.action).raw(q.recipient_key);
  fields::write_optional(w, q.project, [](Writer& o, const AccountId& id) { o.raw(id); });
  w.counter(q.expiry);
}

LogAccess read_log_access(Reader& r) {
  LogAccess v;
  AccessRequest& q = v.request;
  q.request = r.fixed<RequestId>();
  q.person = r.fixed<AccountId>();
  q.organisation = r.fixed<AccountId>();
  q.patient = r.fixed<PatientId>();
  q.records = fields::read_sorted_ids<RecordId>(r, limits::kMaxRecordsPerAccess, "record ids");
  if (q.records.empty()) r.fail_with("an access request without records");
  q.purpose = fields::read_code(r, limits::kMaxCodeBytes);
  q.action = read_enumeration<Action>(r);
  q.recipient_key = r.fixed<PublicKey>();
  q.project = fields::read_optional<AccountId>(r, [](Reader& o) { return o.fixed<AccountId>(); });
  q.expiry = r.counter<TimeMs>();
  return v;
}

Operation read_fields(Reader& r, OperationType type) {
  switch (type) {
    case OperationType::kRegisterPractitioner:
      return read_register_practitioner(r);
    case OperationType::kRegisterPatient:
      return read_register_patient(r);
    case OperationType::kGrantAccess:
      return GrantAccess{fields::read_grant_terms(r)};
    case OperationType::kDenyAccess:
      return DenyAccess{fields::read_grant_terms(r)};
    case OperationType::kRevokeAccess:
      return read_revoke_access(r);
    case OperationType::kAppendRecord:
      return read_append_record(r);
    case OperationType::kLogAccess:
      return read_log_access(r);
    default:
      break;
  }
  r.fail_with("operation " + std::string(name(type)) + " is not supported");
  return RevokeAccess{};
}

struct TypeOf {
  OperationType operator()(const RegisterPractitioner&) const {
    return OperationType::kRegisterPractitioner;
  }

  OperationType operator()(const RegisterPatient&) const { return OperationType::kRegisterPatient; }

  OperationType operator()(const GrantAccess&) const { return OperationType::kGrantAccess; }

  OperationType operator()(const DenyAccess&) const { return OperationType::kDenyAccess; }

  OperationType operator()(const RevokeAccess&) const { return OperationType::kRevokeAccess; }

  OperationType operator()(const AppendRecord&) const { return OperationType::kAppendRecord; }

  OperationType operator()(const LogAccess&) const { return OperationType::kLogAccess; }
};

struct SubjectOf {
  PatientId operator()(const RegisterPractitioner& v) const {
    return id_cast<PatientId>(v.practitioner);
  }

  PatientId operator()(const RegisterPatient& v) const { return v.patient; }

  PatientId operator()(const GrantAccess& v) const { return v.terms.patient; }

  PatientId operator()(const DenyAccess& v) const { return v.terms.patient; }

  PatientId operator()(const RevokeAccess& v) const { return v.patient; }

  PatientId operator()(const AppendRecord& v) const { return v.patient; }

  PatientId operator()(const LogAccess& v) const { return v.request.patient; }
};

}  // namespace

OperationType type_of(const Operation& operation) {
  return std::visit(TypeOf{}, operation);
}

PatientId subject_of(const Operation& operation) {
  return std::visit(SubjectOf{}, operation);
}

TransactionClass class_of(OperationType type) {
  switch (type) {
    case OperationType::kRegisterOrganisation:
    case OperationType::kRotateKey:
    case OperationType::kSuspend:
    case OperationType::kAnchorJournal:
    case OperationType::kErasePatient:
    case OperationType::kEraseRecord:
    case OperationType::kAttestErasure:
      return TransactionClass::kPublic;
    default:
      return TransactionClass::kPersonal;
  }
}

bool in_audit_compartment(OperationType type) {
  return type == OperationType::kLogAccess;
}

Bytes encode(const Operation& operation) {
  Writer w;
  w.enumeration(type_of(operation)).u16(kOperationVersion);
  std::visit([&w](const auto& value) { write(w, value); }, operation);
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
  Operation operation = read_fields(r, type);
  return fields::finish(r, std::move(operation));
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

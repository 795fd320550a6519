#include "bench/workload.h"

#include "client/consent.h"
#include "client/registration.h"

#include <utility>

namespace galen::bench {
namespace {

constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
/// Of the made-up records; nothing is stored for them.
constexpr std::uint64_t kRecordBytes = 4096;

}  // namespace

Result<Workload> Workload::prepare(client::Session& session,
                                   const std::string& operation,
                                   std::size_t patients) {
  if (operation == "patient") return Workload(session, Kind::kPatient);
  if (operation != "record" && operation != "grant") {
    return fail(ErrorCode::kInvalidArgument,
                "bench: --operation " + operation + ": record, grant or patient");
  }
  Workload workload(session, operation == "grant" ? Kind::kGrant : Kind::kRecord);
  GALEN_TRY_STATUS(workload.register_patients(patients));
  return workload;
}

Status Workload::register_patients(std::size_t count) {
  std::vector<client::Authorised> operations;
  for (std::size_t i = 0; i < count; ++i) {
    client::Person person;
    operations.push_back({client::new_patient(*session_, person), {}});
    patients_.push_back({person.id, *person.signing_key});
  }
  GALEN_TRY(const client::Receipted receipted, session_->transact(operations));
  if (!receipted.ok) return fail(ErrorCode::kFailedPrecondition, "bench: patients were refused");
  return {};
}

client::Authorised Workload::next() {
  if (kind_ == Kind::kPatient) {
    client::Person person;
    return {client::new_patient(*session_, person), {}};
  }
  const client::Signer& patient = patients_[turn_++ % patients_.size()];
  if (kind_ == Kind::kGrant) return next_grant(patient);
  return next_record(id_cast<PatientId>(patient.account));
}

client::Authorised Workload::next_record(const PatientId& patient) {
  ledger::AppendRecord record;
  record.seed = session_->random().next<Random32>();
  record.record = ledger::record_id(session_->chain(), session_->organisation().id, record.seed);
  record.patient = patient;
  record.record_class = ledger::RecordClass::kLab;
  record.created = session_->now();
  record.service_date.days = static_cast<std::int32_t>(record.created.value / kDayMs);
  record.mime_type = "application/fhir+json";
  record.size = kRecordBytes;
  record.payload = session_->random().next<PayloadAddress>();
  record.content_commitment = session_->random().next<Digest>();
  return {record, {}};
}

client::Authorised Workload::next_grant(const client::Signer& signer) {
  const auto& organisations = session_->genesis().organisations;
  ledger::GrantTerms terms;
  terms.patient = id_cast<PatientId>(signer.account);
  terms.grantee = {ledger::GranteeKind::kOrganisation,
                   organisations[turn_ % organisations.size()].id};
  terms.purposes = {"TREAT"};
  terms.valid_from = session_->now();
  terms.valid_to = TimeMs{terms.valid_from.value + 30 * kDayMs};
  if (!session_->genesis().parameters.policies.empty()) {
    terms.policy = session_->genesis().parameters.policies.front();
  }
  return client::authorise(*session_,
                           ledger::Operation(ledger::GrantAccess{std::move(terms)}),
                           ledger::AuthorisationRole::kPatient,
                           signer);
}

}  // namespace galen::bench

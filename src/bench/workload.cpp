#include "bench/workload.h"

#include "client/registration.h"

#include <algorithm>
#include <map>
#include <utility>

namespace galen::bench {
namespace {

constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
/// Of the made-up records; nothing is stored for them.
constexpr std::uint64_t kRecordBytes = 4096;
/// Operations of one transaction; fewer than a transaction holds, with their signatures.
constexpr std::size_t kPreparedAtOnce = 128;

}  // namespace

Result<Workload> Workload::prepare(client::Session& session, const WorkloadPlan& plan) {
  static const std::map<std::string, Kind> kKinds = {{"record", Kind::kRecord},
                                                     {"grant", Kind::kGrant},
                                                     {"patient", Kind::kPatient},
                                                     {"access", Kind::kAccess}};
  const auto kind = kKinds.find(plan.operation);
  if (kind == kKinds.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "--operation " + plan.operation + ": record, grant, patient or access");
  }
  Workload workload(session, kind->second);
  if (kind->second == Kind::kPatient) return workload;
  GALEN_TRY_STATUS(workload.register_patients(plan.patients));
  if (kind->second == Kind::kAccess) {
    GALEN_TRY_STATUS(workload.register_clinician());
    GALEN_TRY_STATUS(workload.append_records());
  }
  GALEN_TRY_STATUS(workload.give_grants(plan.grants));
  return workload;
}

Status Workload::commit(const std::vector<client::Authorised>& operations) {
  for (std::size_t begin = 0; begin < operations.size(); begin += kPreparedAtOnce) {
    const auto first = operations.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::size_t count = std::min(kPreparedAtOnce, operations.size() - begin);
    GALEN_TRY(const client::Receipted receipted,
              session_->transact({first, first + static_cast<std::ptrdiff_t>(count)}));
    if (receipted.ok) continue;
    const auto refused =
        std::find_if(receipted.results.begin(), receipted.results.end(), [](const auto& result) {
          return result.code != ledger::ResultCode::kOk;
        });
    const std::string why = refused == receipted.results.end()
                                ? std::string("as a whole")
                                : std::string(ledger::name(refused->code));
    return fail(ErrorCode::kFailedPrecondition, "the ledger refused to prepare the load: " + why);
  }
  return {};
}

Status Workload::register_patients(int count) {
  std::vector<client::Authorised> operations;
  for (int i = 0; i < count; ++i) {
    client::Person person;
    operations.push_back({client::new_patient(*session_, person), {}});
    patients_.push_back({{person.id, *person.signing_key}, {}});
  }
  return commit(operations);
}

Status Workload::register_clinician() {
  client::Person person;
  const auto operation = client::new_practitioner(*session_, ledger::Role::kClinician, person);
  clinician_ = client::Requester{{person.id, *person.signing_key}, person.agreement_key};
  return commit(std::vector<client::Authorised>{{operation, {}}});
}

Status Workload::append_records() {
  std::vector<client::Authorised> operations;
  for (Patient& patient : patients_) {
    const ledger::AppendRecord record = make_record(patient.signer);
    patient.record = record.record;
    operations.push_back({record, {}});
  }
  return commit(operations);
}

Status Workload::give_grants(int count) {
  for (const Patient& patient : patients_) {
    // Signed in parts: a signature of the first would be out of date before the last is committed.
    for (int given = 0; given < count;) {
      std::vector<client::Authorised> operations;
      while (given < count && operations.size() < kPreparedAtOnce) {
        operations.push_back(make_grant(patient.signer));
        ++given;
      }
      GALEN_TRY_STATUS(commit(operations));
    }
  }
  return {};
}

client::Authorised Workload::next() {
  if (kind_ == Kind::kPatient) {
    client::Person person;
    return {client::new_patient(*session_, person), {}};
  }
  const Patient& patient = patients_[turn_++ % patients_.size()];
  if (kind_ == Kind::kGrant) return make_grant(patient.signer);
  if (kind_ == Kind::kAccess) return make_access(patient);
  return {make_record(patient.signer), {}};
}

ledger::AppendRecord Workload::make_record(const client::Signer& patient) {
  ledger::AppendRecord record;
  record.seed = session_->random().next<Random32>();
  record.record = ledger::record_id(session_->chain(), session_->organisation().id, record.seed);
  record.patient = id_cast<PatientId>(patient.account);
  record.record_class = ledger::RecordClass::kLab;
  record.created = session_->now();
  record.service_date.days = static_cast<std::int32_t>(record.created.value / kDayMs);
  record.mime_type = "application/fhir+json";
  record.size = kRecordBytes;
  record.payload = session_->random().next<PayloadAddress>();
  record.content_commitment = session_->random().next<Digest>();
  return record;
}

client::Authorised Workload::make_grant(const client::Signer& patient) {
  const auto& organisations = session_->genesis().organisations;
  ledger::GrantTerms terms;
  terms.patient = id_cast<PatientId>(patient.account);
  terms.grantee = {ledger::GranteeKind::kOrganisation,
                   organisations[grants_++ % organisations.size()].id};
  terms.purposes = {"TREAT"};
  terms.valid_from = session_->now();
  terms.valid_to = TimeMs{terms.valid_from.value + 30 * kDayMs};
  if (!session_->genesis().parameters.policies.empty()) {
    terms.policy = session_->genesis().parameters.policies.front();
  }
  return client::authorise(*session_,
                           ledger::Operation(ledger::GrantAccess{std::move(terms)}),
                           ledger::AuthorisationRole::kPatient,
                           patient);
}

client::Authorised Workload::make_access(const Patient& patient) {
  const auto request = client::make_request(*session_,
                                            *clinician_,
                                            {id_cast<PatientId>(patient.signer.account),
                                             "TREAT",
                                             ledger::Action::kRead,
                                             {patient.record}});
  return client::authorise(
      *session_, ledger::LogAccess{request}, clinician_->role, clinician_->signer);
}

}  // namespace galen::bench

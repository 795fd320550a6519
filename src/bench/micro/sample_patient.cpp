#include "bench/micro/sample_patient.h"

#include "crypto/digest.h"

#include <array>
#include <string>

namespace galen::bench {

namespace {

using ledger::Effect;
using ledger::GranteeKind;

constexpr std::uint64_t kOrganisation = 1;
constexpr std::uint64_t kPractitioner = 2;
constexpr std::uint64_t kGrant = 3;
constexpr std::uint64_t kDay = 24ULL * 60 * 60 * 1000;
constexpr TimeMs kNow{1'800'000'000'000};

AccountId account(std::uint64_t kind, std::uint64_t number) {
  return id_cast<AccountId>(sample_bytes(kind, number));
}

consent::GrantEntry plain_grant(const PatientId& patient) {
  consent::GrantEntry entry;
  entry.terms.patient = patient;
  entry.terms.grantee = {GranteeKind::kOrganisation, account(kOrganisation, 0)};
  entry.terms.purposes = {"TREAT"};
  entry.terms.valid_from = TimeMs{kNow.value - 100 * kDay};
  entry.terms.valid_to = TimeMs{kNow.value + 100 * kDay};
  entry.terms.policy = id_cast<Digest>(sample_bytes(9, 0));
  entry.grantor.account = id_cast<AccountId>(patient);
  entry.submitter = account(kOrganisation, 0);
  return entry;
}

consent::GrantEntry usual_grant(const PatientId& patient, std::size_t n) {
  static const std::array<std::string, 5> kPurposes{"TREAT", "HPAYMT", "HRESCH", "HOPERAT", "COC"};
  consent::GrantEntry entry = plain_grant(patient);
  ledger::GrantTerms& terms = entry.terms;
  terms.grantee =
      n % 3 == 0 ? ledger::Grantee{GranteeKind::kPractitioner, account(kPractitioner, n / 3 % 500)}
                 : ledger::Grantee{GranteeKind::kOrganisation, account(kOrganisation, n % 50)};
  terms.purposes = {kPurposes.at(n / 50 % kPurposes.size())};
  if (n % 20 == 7) entry.effect = Effect::kDeny;
  if (n % 6 == 1) entry.status = policy::GrantStatus::kRevoked;
  if (n % 6 == 1) entry.ended_at = TimeMs{kNow.value - kDay};
  if (n % 6 == 2) terms.valid_to = TimeMs{kNow.value - kDay};
  if (n % 10 == 3) terms.labels = {"HIV", "PSY"};
  if (n % 10 == 4) terms.regions = {"DE", "FR"};
  if (n % 10 == 5) terms.classes = ledger::class_bit(ledger::RecordClass::kImaging);
  return entry;
}

/// A deny for confidential records only, or a permit for records of another day.
consent::GrantEntry worst_grant(const PatientId& patient, std::size_t n) {
  consent::GrantEntry entry = plain_grant(patient);
  if (n % 2 == 0) {
    entry.effect = Effect::kDeny;
    entry.terms.confidentiality = ledger::Confidentiality::kV;
  } else {
    entry.terms.data_to = ledger::CalendarDate{1};
  }
  return entry;
}

}  // namespace

Random32 sample_bytes(std::uint64_t kind, std::uint64_t number) {
  return id_cast<Random32>(crypto::Hasher("sample").u64(kind).u64(number).finish());
}

SamplePatient sample_patient(GrantMix mix, std::size_t grants) {
  SamplePatient sample;
  sample.id = id_cast<PatientId>(sample_bytes(8, 0));
  for (std::size_t n = 0; n < grants; ++n) {
    sample.grants.emplace(
        id_cast<GrantId>(sample_bytes(kGrant, n)),
        mix == GrantMix::kUsual ? usual_grant(sample.id, n) : worst_grant(sample.id, n));
  }
  sample.requester.person = account(kPractitioner, 0);
  sample.requester.organisation = account(kOrganisation, 0);
  sample.requester.region = "DE";
  sample.record.custodian = account(kOrganisation, 49);
  sample.record.record_class = ledger::RecordClass::kLab;
  sample.record.service_date = ledger::CalendarDate{20'000};
  sample.request.purpose = "TREAT";
  sample.request.at = policy::Instant::of_block(kNow);
  return sample;
}

}  // namespace galen::bench

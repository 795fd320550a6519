#include "sim/workload.h"

#include "base/check.h"
#include "base/limits.h"

#include <algorithm>
#include <utility>

namespace galen::sim {

namespace {

using ledger::AuthorisationRole;
using ledger::KeyUse;

constexpr std::uint64_t kGrantMs = std::uint64_t{24} * 60 * 60 * 1000;
constexpr std::uint64_t kSoonMs = 20'000;

}  // namespace

Workload::Workload(const Consortium& consortium, Count count, KeysOf keys)
    : consortium_(consortium),
      count_(std::move(count)),
      keys_(std::move(keys)),
      doctors_(consortium.size()) {
  for (const Hospital& hospital : consortium.hospitals) made_keys_.push_back({hospital.signing});
}

std::vector<PublicKey> Workload::keys_ever(const AccountId& hospital) const {
  std::vector<PublicKey> keys;
  for (std::size_t i = 0; i < consortium_.size(); ++i) {
    if (consortium_.hospitals[i].id != hospital) continue;
    for (const crypto::PrivateKey& key : made_keys_[i]) keys.push_back(key.public_key());
  }
  return keys;
}

Workload::Signer Workload::signer(std::size_t hospital) const {
  const std::vector<PublicKey> present = keys_(consortium_.hospitals[hospital].id);
  for (const crypto::PrivateKey& key : made_keys_[hospital]) {
    const auto found = std::find(present.begin(), present.end(), key.public_key());
    if (found != present.end()) return {static_cast<std::uint16_t>(found - present.begin()), &key};
  }
  CHECK(false, "a hospital has a key, and it was made here");
}

Workload::Signer Workload::stale_signer(std::size_t hospital, Rng& rng) const {
  const std::vector<crypto::PrivateKey>& made = made_keys_[hospital];
  const std::size_t places = keys_(consortium_.hospitals[hospital].id).size() + 1;
  return {static_cast<std::uint16_t>(rng.below(places)), &made[rng.below(made.size())]};
}

Workload::Signed Workload::rotation(std::size_t hospital, Rng& rng) {
  const AccountId& id = consortium_.hospitals[hospital].id;
  const crypto::PrivateKey next = new_key(rng);
  const std::vector<PublicKey> present = keys_(id);
  ledger::RotateKey rotation;
  rotation.organisation = id;
  rotation.use = KeyUse::kSigning;
  rotation.key.key = next.public_key();
  rotation.key.replaces = signer(hospital).key->public_key();
  rotation.key.possession =
      next.sign(ledger::possession_statement(KeyUse::kSigning, id, next.public_key()));
  // The place of a retired key, or one more.
  const auto retired = std::find(present.begin(), present.end(), PublicKey{});
  const auto place = rng.below(4) == 0 ? present.end() : retired;
  rotation.key.index = static_cast<std::uint16_t>(place - present.begin());
  made_keys_[hospital].push_back(next);
  return {rotation};
}

template <class Registration>
Workload::Person Workload::with_keys(Registration& registration, const AccountId& id, Rng& rng) {
  const crypto::PrivateKey signing = new_key(rng);
  const crypto::PrivateKey agreement = new_key(rng);
  registration.signing_key = signing.public_key();
  registration.agreement_key = agreement.public_key();
  registration.signing_possession =
      signing.sign(ledger::possession_statement(KeyUse::kSigning, id, signing.public_key()));
  registration.agreement_possession =
      agreement.sign(ledger::possession_statement(KeyUse::kAgreement, id, agreement.public_key()));
  return {id, signing, agreement.public_key()};
}

Workload::Signed Workload::registration(std::size_t hospital, Rng& rng) {
  ledger::RegisterPatient patient;
  patient.seed = rng.next<Random32>();
  patient.patient =
      ledger::patient_id(consortium_.chain, consortium_.hospitals[hospital].id, patient.seed);
  // Of a quarter the hospital holds the keys.
  if (patient.seed.view().front() % 4 != 0) patient.held_by = ledger::KeyHolder::kPatient;
  patients_.push_back({with_keys(patient, id_cast<AccountId>(patient.patient), rng), hospital});
  return {patient};
}

Workload::Signed Workload::doctor(std::size_t hospital, Rng& rng) {
  ledger::RegisterPractitioner doctor;
  doctor.seed = rng.next<Random32>();
  doctor.practitioner =
      ledger::practitioner_id(consortium_.chain, consortium_.hospitals[hospital].id, doctor.seed);
  doctors_[hospital] = with_keys(doctor, doctor.practitioner, rng);
  return {doctor};
}

Workload::Signed Workload::record(std::size_t hospital, Patient& patient, TimeMs now, Rng& rng) {
  const AccountId& by = consortium_.hospitals[hospital].id;
  ledger::AppendRecord record;
  record.seed = rng.next<Random32>();
  record.record = ledger::record_id(consortium_.chain, by, record.seed);
  record.patient = id_cast<PatientId>(patient.person.id);
  record.service_date = {20'000};
  record.created = now;
  record.mime_type = "text/plain";
  record.size = 1;
  record.payload = rng.next<PayloadAddress>();
  record.content_commitment = rng.next<Digest>();
  if (patient.hospital == hospital) patient.records.push_back(record.record);
  return {record};
}

Workload::Signed Workload::some_grant(TimeMs now, Rng& rng) {
  Patient& patient = some_patient(rng);
  const std::size_t to = rng.below(consortium_.size());
  // Some begin or end while the run goes on, on clocks that disagree: block time alone counts.
  const TimeMs from =
      rng.below(4) == 0 ? TimeMs{now.value + rng.below(kSoonMs)} : consortium_.genesis.time;
  const std::uint64_t length = rng.below(3) == 0 ? 1 + rng.below(kSoonMs) : kGrantMs;
  return grant(patient, to, from, TimeMs{std::max(now, from).value + length});
}

Workload::Signed Workload::grant(Patient& patient, std::size_t to, TimeMs from, TimeMs until) {
  ledger::GrantTerms terms;
  terms.patient = id_cast<PatientId>(patient.person.id);
  terms.grantee = {ledger::GranteeKind::kOrganisation, consortium_.hospitals[to].id};
  terms.purposes = {"TREAT"};
  terms.valid_from = from;
  terms.valid_to = until;
  terms.policy = consortium_.genesis.parameters.policies.front();
  const ledger::Operation operation = ledger::GrantAccess{terms};
  const auto authorisation =
      sign(operation, patient.person, AuthorisationRole::kPatient, ++patient.sequence);
  patient.grants.push_back(ledger::grant_id(statement(operation, authorisation)));
  return {operation, {authorisation}};
}

Workload::Signed Workload::revocation(Rng& rng) {
  Patient& patient = some_patient(rng);
  // Of nothing that was ever granted now and then: a tombstone.
  const GrantId grant = patient.grants.empty() ? rng.next<GrantId>()
                                               : patient.grants[rng.below(patient.grants.size())];
  const ledger::Operation operation =
      ledger::RevokeAccess{id_cast<PatientId>(patient.person.id), grant, {}};
  return {operation, {sign(operation, patient.person, AuthorisationRole::kPatient, 0)}};
}

Workload::Signed Workload::erasure_request(std::size_t hospital, Patient& patient, Rng& rng) {
  ledger::RequestErasure request;
  request.seed = rng.next<Random32>();
  request.request =
      ledger::erasure_id(consortium_.chain, consortium_.hospitals[hospital].id, request.seed);
  request.patient = id_cast<PatientId>(patient.person.id);
  if (!patient.records.empty() && rng.below(2) == 0) {
    request.scope = ledger::ErasureScope::kRecord;
    request.record = patient.records[rng.below(patient.records.size())];
  }
  requests_.push_back({request, hospital});
  const ledger::Operation operation = request;
  auto authorisation =
      sign(operation, patient.person, AuthorisationRole::kPatient, ++patient.sequence);
  return {operation, {authorisation}};
}

Workload::Signed Workload::erasure_withdrawal(const ledger::RequestErasure& asked) {
  const auto patient = std::find_if(patients_.begin(), patients_.end(), [&](const Patient& one) {
    return one.person.id == id_cast<AccountId>(asked.patient);
  });
  const ledger::Operation operation = ledger::WithdrawErasure{asked.request, asked.patient};
  auto authorisation =
      sign(operation, patient->person, AuthorisationRole::kPatient, ++patient->sequence);
  return {operation, {authorisation}};
}

Workload::Signed Workload::erasure_order(const ledger::RequestErasure& asked, TimeMs now) const {
  const SubjectPath path = ledger::subject_path(asked.patient);
  std::optional<RecordPath> record;
  if (asked.record) record = ledger::record_path(*asked.record);
  const std::uint64_t count = count_({path, ledger::TreeKind::kClinical, record});
  if (record) return {ledger::EraseRecord{asked.request, path, *record, asked.basis, count}};
  const std::uint64_t retention = consortium_.genesis.parameters.min_audit_retention_ms;
  const TimeMs until{now.value + retention + kGrantMs};
  return {ledger::ErasePatient{asked.request, path, asked.scope, asked.basis, count, until}};
}

std::size_t Workload::custodian_of(const PatientId& patient) const {
  const auto found = std::find_if(patients_.begin(), patients_.end(), [&](const Patient& one) {
    return one.person.id == id_cast<AccountId>(patient);
  });
  return found->hospital;
}

Workload::Request* Workload::open_request(std::size_t hospital) {
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) {
    const bool of_own_patient = custodian_of(request.operation.patient) == hospital;
    return request.hospital == hospital || of_own_patient;
  });
  return found == requests_.end() ? nullptr : &*found;
}

Workload::Signed Workload::some_access(std::size_t hospital, TimeMs now, Rng& rng) {
  const Patient& patient = some_patient(rng);
  const bool known = !patient.records.empty() && rng.below(8) != 0;
  const RecordId record =
      known ? patient.records[rng.below(patient.records.size())] : rng.next<RecordId>();
  return access(hospital, patient, record, now, rng);
}

Workload::Signed Workload::access(
    std::size_t hospital, const Patient& patient, const RecordId& record, TimeMs now, Rng& rng) {
  const Person& doctor = *doctors_[hospital];
  ledger::AccessRequest request;
  request.request = rng.next<RequestId>();
  request.person = doctor.id;
  request.organisation = consortium_.hospitals[hospital].id;
  request.patient = id_cast<PatientId>(patient.person.id);
  request.records = {record};
  request.purpose = "TREAT";
  request.recipient_key = doctor.agreement;
  request.expiry = TimeMs{now.value + limits::kMaxAccessRequestMs / 2};
  const ledger::Operation operation = ledger::LogAccess{request};
  auto authorisation = sign(operation, doctor, AuthorisationRole::kRequester, 0);
  return {operation, {authorisation}};
}

ledger::Authorisation Workload::sign(const ledger::Operation& operation,
                                     const Person& person,
                                     AuthorisationRole role,
                                     std::uint64_t sequence) const {
  ledger::Authorisation authorisation;
  authorisation.role = role;
  authorisation.account = person.id;
  authorisation.sequence = sequence;
  authorisation.not_after = TimeMs{kMaxCounter};
  authorisation.signature = person.signing.sign(statement(operation, authorisation));
  return authorisation;
}

ledger::Authorisation Workload::agreement(const ledger::Operation& operation,
                                          std::size_t hospital) const {
  const Signer by = signer(hospital);
  ledger::Authorisation authorisation;
  authorisation.role = AuthorisationRole::kOrganisation;
  authorisation.account = consortium_.hospitals[hospital].id;
  authorisation.key_index = by.index;
  authorisation.not_after = TimeMs{kMaxCounter};
  authorisation.signature = by.key->sign(statement(operation, authorisation));
  return authorisation;
}

Bytes Workload::statement(const ledger::Operation& operation,
                          const ledger::Authorisation& authorisation) const {
  return ledger::authorisation_statement(consortium_.chain,
                                         authorisation,
                                         ledger::subject_of(operation),
                                         ledger::type_of(operation),
                                         ledger::encode(operation));
}

Bytes Workload::transaction(std::size_t hospital,
                            const Signer& signer,
                            Signed&& operation,
                            ledger::Nonce nonce,
                            TimeMs valid_until,
                            Rng& rng) const {
  const Hospital& by = consortium_.hospitals[hospital];
  ledger::TransactionBuilder builder(consortium_.chain, by.id, signer.index, rng);
  builder.add(operation.operation, std::move(operation.authorisations));
  const auto header = builder.header(nonce, valid_until);
  const Signature signature = signer.key->sign(ledger::signing_bytes(header));
  return ledger::encode(std::move(builder).finish(header, signature));
}

Bytes Workload::new_patient(std::size_t hospital,
                            ledger::Nonce nonce,
                            TimeMs valid_until,
                            Rng& rng) {
  Signed patient = registration(hospital, rng);
  return transaction(hospital, signer(hospital), std::move(patient), nonce, valid_until, rng);
}

Bytes Workload::erase_newest(
    std::size_t hospital, ledger::Nonce nonce, TimeMs now, TimeMs valid_until, Rng& rng) {
  const Request* open = open_request(hospital);
  Signed wanted;
  if (open != nullptr) {
    wanted = erasure_order(open->operation, now);
  } else {
    wanted = erasure_request(hospital, patients_.back(), rng);
    const std::size_t second = (hospital + 1) % consortium_.size();
    wanted.authorisations.push_back(agreement(wanted.operation, second));
  }
  return transaction(hospital, signer(hospital), std::move(wanted), nonce, valid_until, rng);
}

Bytes Workload::directed(
    const Directed& wanted, ledger::Nonce nonce, TimeMs now, TimeMs valid_until, Rng& rng) {
  const std::size_t by = wanted.hospital;
  const auto choose = [&]() -> Signed {
    if (wanted.step == Step::kDoctor) return doctor(by, rng);
    Patient& patient = patients_.back();
    if (wanted.step == Step::kRecord) return record(by, patient, now, rng);
    if (wanted.step == Step::kAccess) return access(by, patient, patient.records.back(), now, rng);
    return grant(patient, wanted.to, consortium_.genesis.time, wanted.ends);
  };
  return transaction(by, signer(by), choose(), nonce, valid_until, rng);
}

Bytes Workload::next(
    std::size_t hospital, ledger::Nonce nonce, TimeMs now, TimeMs valid_until, Rng& rng) {
  const auto pick = [&]() -> Signed {
    if (!doctors_[hospital]) return doctor(hospital, rng);
    const std::uint64_t draw = patients_.empty() ? 0 : rng.below(19);
    if (draw < 4) return registration(hospital, rng);
    if (draw < 7) return record(hospital, some_patient(rng), now, rng);
    if (draw < 10) return some_grant(now, rng);
    if (draw < 11) return revocation(rng);
    const Request* open = draw < 13 ? open_request(hospital) : nullptr;
    if (draw < 12 || (draw < 13 && open == nullptr))
      return erasure_request(hospital, some_patient(rng), rng);
    if (draw < 13) {
      const ledger::RequestErasure asked = open->operation;
      // Some are ordered again: the first was too early, had a count that is no longer right, or
      // did it.
      if (rng.below(3) != 0) requests_.erase(requests_.begin() + (open - requests_.data()));
      return rng.below(6) == 0 ? erasure_withdrawal(asked) : erasure_order(asked, now);
    }
    if (draw < 14) return rotation(hospital, rng);
    return some_access(hospital, now, rng);
  };
  const bool stale = rng.below(40) == 0 && doctors_[hospital];
  Signed operation = pick();
  const Signer by = stale ? stale_signer(hospital, rng) : signer(hospital);
  return transaction(hospital, by, std::move(operation), nonce, valid_until, rng);
}

}  // namespace galen::sim

#include "client/registration.h"

#include "base/hex.h"
#include "client/key_file.h"
#include "client/text_forms.h"

namespace galen::client {

namespace {

using crypto::PrivateKey;
using ledger::KeyUse;

Signature possession(KeyUse use, const AccountId& account, const PrivateKey& key) {
  return key.sign(ledger::possession_statement(use, account, key.public_key()));
}

Result<PrivateKey> key_or_new(const std::string& file) {
  if (file.empty()) return PrivateKey::generate();
  return read_key_file(file);
}

/// REQUIRES: both keys are at hand.
template <class Registration>
void add_keys(const Person& person, Registration& operation) {
  operation.signing_key = person.signing_key->public_key();
  operation.agreement_key = person.agreement_key->public_key();
  operation.signing_possession = possession(KeyUse::kSigning, person.id, *person.signing_key);
  operation.agreement_possession = possession(KeyUse::kAgreement, person.id, *person.agreement_key);
}

ledger::RegisterPatient patient_operation(const Person& person, const Random32& seed) {
  ledger::RegisterPatient operation;
  operation.seed = seed;
  operation.patient = id_cast<PatientId>(person.id);
  add_keys(person, operation);
  return operation;
}

// Keys are durable before the ledger knows them: a registered person is never without keys.
Result<Registered> commit(Session& session,
                          const Person& person,
                          const ledger::Operation& operation) {
  GALEN_TRY_STATUS(session.people().add(person));
  const auto receipted = session.transact_one({operation, {}});
  if (receipted) return Registered{to_hex(person.id), to_committed(*receipted)};
  // Without an answer the registration may have happened: then the keys stay.
  if (!Session::is_transient(receipted.error())) session.people().remove(person.id);
  return tl::unexpected(receipted.error());
}

}  // namespace

Committed to_committed(const Receipted& receipted) {
  return Committed{to_hex(receipted.id), receipted.height.value, to_hex(receipted.block)};
}

ledger::RegisterPatient new_patient(Session& session, Person& person) {
  const auto seed = session.random().next<Random32>();
  person.kind = PersonKind::kPatient;
  person.id =
      id_cast<AccountId>(ledger::patient_id(session.chain(), session.organisation().id, seed));
  person.signing_key = PrivateKey::generate();
  person.agreement_key = PrivateKey::generate();
  return patient_operation(person, seed);
}

ledger::RegisterPractitioner new_practitioner(Session& session, ledger::Role role, Person& person) {
  ledger::RegisterPractitioner operation;
  operation.seed = session.random().next<Random32>();
  operation.practitioner =
      ledger::practitioner_id(session.chain(), session.organisation().id, operation.seed);
  operation.role = role;
  person.kind = PersonKind::kPractitioner;
  person.id = operation.practitioner;
  person.signing_key = PrivateKey::generate();
  person.agreement_key = PrivateKey::generate();
  add_keys(person, operation);
  return operation;
}

Result<Registered> register_patient(Session& session, const PatientOptions& options) {
  if (options.held_by_patient &&
      (options.signing_key_file.empty() || options.agreement_key_file.empty())) {
    return fail(ErrorCode::kInvalidArgument,
                "keys held by the patient need --key FILE and --agreement-key FILE");
  }
  Person person;
  person.kind = PersonKind::kPatient;
  const auto seed = session.random().next<Random32>();
  person.id =
      id_cast<AccountId>(ledger::patient_id(session.chain(), session.organisation().id, seed));
  GALEN_TRY(person.signing_key, key_or_new(options.signing_key_file));
  GALEN_TRY(person.agreement_key, key_or_new(options.agreement_key_file));
  auto operation = patient_operation(person, seed);
  operation.held_by =
      options.held_by_patient ? ledger::KeyHolder::kPatient : ledger::KeyHolder::kCustodian;
  if (options.held_by_patient) {
    person.signing_key.reset();
    person.agreement_key.reset();
  }
  return commit(session, person, operation);
}

Result<Registered> register_practitioner(Session& session, const PractitionerOptions& options) {
  GALEN_TRY(const auto role, parse_code<ledger::Role>(options.role, "--role"));
  Person person;
  person.role = options.role;
  auto operation = new_practitioner(session, role, person);
  operation.emergency_privilege = options.emergency_privilege;
  return commit(session, person, operation);
}

}  // namespace galen::client

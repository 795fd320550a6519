// A small consortium in memory, to execute single operations against: hospitals, people with keys,
// records, grants. Operations travel as canonical bytes, as they would in a block.
// Thread rule: one thread.
#pragma once

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "ledger/erasure_entries.h"
#include "ledger/genesis.h"
#include "ledger/transaction.h"
#include "modules/audit/audit.h"
#include "modules/audit/entries.h"
#include "modules/audit/log_administration.h"
#include "modules/audit/log_emergency.h"
#include "modules/audit/log_reading.h"
#include "modules/consent/consent.h"
#include "modules/consent/grants.h"
#include "modules/consent/proxy_grants.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/groups/groups.h"
#include "modules/identity/links.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"
#include "modules/identity/recovery.h"
#include "modules/identity/rotation.h"
#include "modules/identity/suspension.h"
#include "modules/records/records.h"
#include "support/memory_state.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace galen::test {

/// Key number `n`, always the same.
inline crypto::PrivateKey test_key(std::uint32_t n) {
  Bytes scalar(32, 0);
  scalar[0] = 0x11;
  for (std::size_t i = 0; i < 4; ++i) scalar[28 + i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
  auto key = crypto::PrivateKey::from_scalar(scalar);
  CHECK(key.has_value(), "a scalar below the order");
  return *std::move(key);
}

/// 32 bytes that depend on `n` alone.
template <class Id>
Id test_id(std::uint64_t n) {
  return id_cast<Id>(crypto::Hasher("test").u64(n).finish());
}

class PlainVerifier final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey& key, BytesView message, const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

/// Somebody with a signing key: a hospital, a practitioner or a patient.
struct Party {
  AccountId id;
  crypto::PrivateKey key;

  [[nodiscard]] PatientId patient() const { return id_cast<PatientId>(id); }
};

/// What a test may set differently about an authorisation.
struct AuthorisationFields {
  std::uint64_t sequence = 0;
  AccountId submitter{};  ///< zero = anyone
  TimeMs not_after{kMaxCounter};
  std::uint16_t key_index = 0;
};

class HealthWorld {
 public:
  static constexpr std::uint64_t kStart = 1'750'000'000'000;  ///< June 2025
  static constexpr std::uint64_t kDay = 24ULL * 60 * 60 * 1000;

  /// Of every person in this world.
  static crypto::PrivateKey agreement_key() { return test_key(7); }

  HealthWorld() {
    parameters = ledger::default_parameters();
    for (std::uint32_t i = 0; i < 3; ++i) add_organisation(ledger::OrganisationKind::kProvider);
    state.put(ledger::StateKey::main(ledger::KeyKind::kParameters), ledger::encode(parameters));
  }

  Party& add_organisation(ledger::OrganisationKind kind) {
    const auto key = test_key(next_number());
    execution::OrganisationEntry entry;
    entry.id = ledger::organisation_id(key.public_key());
    entry.name = "hospital-" + std::to_string(hospitals.size() + 1);
    entry.kind = kind;
    entry.region = "DE";
    entry.signing_keys = {key.public_key()};
    entry.agreement_key = key.public_key();
    entry.tls_key = key.public_key();
    store(entry);
    hospitals.push_back(Party{entry.id, key});
    return hospitals.back();
  }

  void store(const execution::OrganisationEntry& entry) {
    state.put(ledger::StateKey::main(ledger::KeyKind::kOrganisation, entry.id), entry.encode());
  }

  void suspend(const AccountId& organisation) {
    auto entry = execution::OrganisationEntry::load(state, organisation);
    entry->active = false;
    store(*entry);
  }

  void put_tombstone(const PatientId& patient) {
    ledger::Tombstone tombstone;
    tombstone.subject = ledger::subject_path(patient);
    state.put(ledger::Tombstone::key(tombstone.subject), tombstone.encode());
  }

  void put_tombstone(const RecordId& record) {
    ledger::Tombstone tombstone;
    tombstone.scope = ledger::ErasureScope::kRecord;
    state.put(ledger::Tombstone::key(ledger::record_path(record)), tombstone.encode());
  }

  ledger::RegisterPractitioner practitioner_operation(const Party& hospital,
                                                      const crypto::PrivateKey& key) {
    ledger::RegisterPractitioner operation;
    operation.seed = test_id<Random32>(next_number());
    operation.practitioner = ledger::practitioner_id(chain, hospital.id, operation.seed);
    add_keys(operation, operation.practitioner, key);
    return operation;
  }

  ledger::RegisterPatient patient_operation(const Party& hospital, const crypto::PrivateKey& key) {
    ledger::RegisterPatient operation;
    operation.seed = test_id<Random32>(next_number());
    operation.patient = ledger::patient_id(chain, hospital.id, operation.seed);
    add_keys(operation, id_cast<AccountId>(operation.patient), key);
    return operation;
  }

  Party add_practitioner(const Party& hospital,
                         ledger::Role role = ledger::Role::kClinician,
                         bool emergency_privilege = false) {
    const crypto::PrivateKey key = test_key(next_number());
    auto operation = practitioner_operation(hospital, key);
    operation.role = role;
    operation.emergency_privilege = emergency_privilege;
    must(execute(operation, hospital));
    return Party{operation.practitioner, key};
  }

  Party add_patient(const Party& hospital,
                    ledger::KeyHolder held_by = ledger::KeyHolder::kCustodian) {
    const crypto::PrivateKey key = test_key(next_number());
    auto operation = patient_operation(hospital, key);
    operation.held_by = held_by;
    must(execute(operation, hospital));
    return Party{id_cast<AccountId>(operation.patient), key};
  }

  ledger::AppendRecord record_operation(const Party& hospital, const PatientId& patient) {
    ledger::AppendRecord operation;
    operation.seed = test_id<Random32>(next_number());
    operation.record = ledger::record_id(chain, hospital.id, operation.seed);
    operation.patient = patient;
    operation.record_class = ledger::RecordClass::kLab;
    operation.service_date = {20'000};
    operation.created = now;
    operation.mime_type = "application/fhir+json";
    operation.size = 1234;
    operation.payload = test_id<PayloadAddress>(next_number());
    operation.content_commitment = test_id<Digest>(next_number());
    operation.authors = {hospital.id};
    return operation;
  }

  RecordId add_record(const Party& hospital, const Party& patient) {
    const auto operation = record_operation(hospital, patient.patient());
    must(execute(operation, hospital));
    return operation.record;
  }

  /// Treatment terms for an organisation that pass every check.
  [[nodiscard]] ledger::GrantTerms terms(const Party& patient,
                                         const AccountId& organisation) const {
    ledger::GrantTerms terms;
    terms.patient = patient.patient();
    terms.grantee = {ledger::GranteeKind::kOrganisation, organisation};
    terms.purposes = {"TREAT"};
    terms.valid_from = now;
    terms.valid_to = TimeMs{now.value + 30 * kDay};
    terms.policy = parameters.policies.front();
    return terms;
  }

  /// A deny of everything to everybody.
  [[nodiscard]] ledger::DenyAccess deny_all(const Party& patient) const {
    ledger::DenyAccess deny{terms(patient, {})};
    deny.terms.grantee = {ledger::GranteeKind::kAny, {}};
    deny.terms.purposes = {"*"};
    deny.terms.actions = ledger::kAllActions;
    deny.terms.confidentiality = ledger::Confidentiality::kU;
    deny.terms.valid_to.reset();
    return deny;
  }

  ledger::Authorisation sign(const ledger::Operation& operation,
                             const Party& signer,
                             ledger::AuthorisationRole role,
                             const AuthorisationFields& fields = {}) const {
    ledger::Authorisation authorisation;
    authorisation.role = role;
    authorisation.account = signer.id;
    authorisation.key_index = fields.key_index;
    authorisation.submitter = fields.submitter;
    authorisation.sequence = fields.sequence;
    authorisation.not_after = fields.not_after;
    authorisation.signature = signer.key.sign(statement(operation, authorisation));
    return authorisation;
  }

  [[nodiscard]] Bytes statement(const ledger::Operation& operation,
                                const ledger::Authorisation& authorisation) const {
    return ledger::authorisation_statement(chain,
                                           authorisation,
                                           ledger::subject_of(operation),
                                           ledger::type_of(operation),
                                           ledger::encode(operation));
  }

  /// Signed by the patient with his next sequence number, brought by `submitter`.
  ledger::OperationResult give(const ledger::Operation& operation,
                               const Party& patient,
                               const Party& submitter) {
    return execute(operation,
                   submitter,
                   {sign(operation,
                         patient,
                         ledger::AuthorisationRole::kPatient,
                         {.sequence = ++sequence_, .submitter = submitter.id})});
  }

  /// As give, for a grant that must be accepted.
  GrantId must_give(const ledger::Operation& operation, const Party& patient) {
    const auto result = give(operation, patient, hospitals.front());
    must(result);
    return GrantId::from(result.detail);
  }

  ledger::AccessRequest request(const Party& person,
                                const AccountId& organisation,
                                const Party& patient,
                                std::vector<RecordId> records) {
    ledger::AccessRequest request;
    request.request = test_id<RequestId>(next_number());
    request.person = person.id;
    request.organisation = organisation;
    request.patient = patient.patient();
    request.records = std::move(records);
    std::sort(request.records.begin(), request.records.end());
    request.purpose = "TREAT";
    request.recipient_key = agreement_key().public_key();
    request.expiry = TimeMs{now.value + 60'000};
    return request;
  }

  /// A reading of a whole log; of the organisation itself when `person` is its id.
  ledger::LogAuditRead reading(const AccountId& person,
                               const AccountId& organisation,
                               const PatientId& log,
                               const std::string& purpose) {
    ledger::LogAuditRead reading;
    reading.request = test_id<RequestId>(next_number());
    reading.log = log;
    reading.person = person;
    reading.organisation = organisation;
    reading.purpose = purpose;
    reading.expiry = TimeMs{now.value + 60'000};
    reading.to = reading.expiry;
    return reading;
  }

  /// Executes operations as the block at `now` would, rolling back what fails.
  ledger::OperationResult execute(const ledger::Operation& operation,
                                  const Party& submitter,
                                  std::vector<ledger::Authorisation> authorisations = {}) {
    const ledger::OperationBody body{
        test_id<Random32>(next_number()), ledger::encode(operation), std::move(authorisations)};
    auto decoded = ledger::decode_operation(body.operation);
    CHECK(decoded.has_value(), "a test operation that decodes");
    const ledger::DecodedOperation value{
        *std::move(decoded), ledger::type_of(operation), ledger::subject_of(operation)};
    const execution::BlockContext block{chain, height, now};
    PlainVerifier verifier;
    const execution::OperationContext context{
        block, parameters, submitter.id, place, body, value, verifier, transaction, &work};
    execution::StateOverlay overlay(state);
    const auto result = dispatch(context, overlay);
    last_writes = overlay.writes();
    if (result.code == ledger::ResultCode::kOk) state.apply(overlay.writes());
    return result;
  }

  std::uint32_t next_number() { return ++number_; }

  MemoryState state;
  ledger::Parameters parameters;
  ChainId chain = test_id<ChainId>(1);
  Height height{10};
  TimeMs now{kStart};
  execution::Work work;  ///< of all that was executed
  std::vector<Party> hospitals;
  /// Executes what the modules above do not.
  std::function<ledger::OperationResult(const execution::OperationContext&,
                                        execution::StateOverlay&)>
      other_modules;
  TxId transaction = test_id<TxId>(2);  ///< that the next operation stands in
  std::uint16_t place = 0;              ///< its index there
  execution::StateWrites last_writes;   ///< of the last operation, kept or not

 private:
  template <class Registration>
  static void add_keys(Registration& operation,
                       const AccountId& account,
                       const crypto::PrivateKey& signing) {
    using ledger::KeyUse;
    const crypto::PrivateKey agreement = agreement_key();
    operation.signing_key = signing.public_key();
    operation.agreement_key = agreement.public_key();
    operation.signing_possession = signing.sign(
        ledger::possession_statement(KeyUse::kSigning, account, operation.signing_key));
    operation.agreement_possession = agreement.sign(
        ledger::possession_statement(KeyUse::kAgreement, account, operation.agreement_key));
  }

  ledger::OperationResult dispatch(const execution::OperationContext& context,
                                   execution::StateOverlay& overlay) const {
    using audit::execute;
    using consent::execute;
    using emergency::execute;
    using groups::execute;
    using identity::execute;
    using records::execute;
    return std::visit(
        [&](const auto& operation) -> ledger::OperationResult {
          if constexpr (requires { execute(context, operation, overlay); }) {
            return execute(context, operation, overlay);
          }
          if (other_modules) return other_modules(context, overlay);
          return {ledger::ResultCode::kNotSupported, {}};
        },
        context.operation.value);
  }

  static void must(const ledger::OperationResult& result) {
    CHECK(result.code == ledger::ResultCode::kOk, "a test step that succeeds");
  }

  std::uint32_t number_ = 1000;
  std::uint64_t sequence_ = 0;
};

}  // namespace galen::test

#include "chain_fixture.h"

#include "base/check.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "ledger/erasure_entries.h"

#include <algorithm>
#include <cstdlib>
#include <stdlib.h>
#include <tuple>

namespace galen::storage {

namespace {

using ledger::KeyKind;
using ledger::StateKey;

/// SHA-256 in counter mode.
class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) {
      if (next_ == block_.value.size()) {
        crypto::Hasher hasher("test random");
        block_ = hasher.u64(++counter_).finish();
        next_ = 0;
      }
      byte = block_.value.at(next_++);
    }
  }

 private:
  Digest block_;
  std::size_t next_ = Digest::kSize;
  std::uint64_t counter_ = 0;
};

/// Writes each operation's bytes under a key of its subject; fails for size 13. Of an order for a
/// patient it tells how many bodies there are.
class WritingApplication final : public execution::Application {
 public:
  [[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                                execution::StateOverlay& state) const override {
    const auto put = [&](const StateKey& key) {
      state.put(key, context.body.operation, ledger::leaf_salt(context.body.salt, key.hash()));
    };
    if (const auto* append = std::get_if<ledger::AppendRecord>(&context.operation.value)) {
      put(StateKey::clinical(append->patient, KeyKind::kRecord, append->record));
      if (append->size == 13) return {ledger::ResultCode::kNotCustodian, {}};
    }
    if (const auto* grant = std::get_if<ledger::GrantAccess>(&context.operation.value)) {
      const Digest& name = grant->terms.terms_commitment;
      put(StateKey::clinical(grant->terms.patient, KeyKind::kGrant, name));
    }
    if (const auto* enrolled = std::get_if<ledger::RegisterPatient>(&context.operation.value)) {
      put(StateKey::clinical(enrolled->patient, KeyKind::kPatient, enrolled->patient));
    }
    if (const auto* link = std::get_if<ledger::LinkPatient>(&context.operation.value)) {
      for (const PatientId& one : {link->patient, link->other}) {
        const auto path = ledger::subject_path(one);
        if (state.get(ledger::Tombstone::key(path))) return {ledger::ResultCode::kErased, {}};
      }
      put(StateKey::clinical(link->patient, KeyKind::kLink, link->other));
      put(StateKey::clinical(link->other, KeyKind::kLink, link->patient));
    }
    if (const auto* access = std::get_if<ledger::LogAccess>(&context.operation.value)) {
      put(StateKey::audit(access->request.patient, KeyKind::kRequest, access->request.request));
    }
    if (const auto* erase = std::get_if<ledger::ErasePatient>(&context.operation.value)) {
      const bool audit = erase->scope == ledger::ErasureScope::kAudit;
      const auto tree = audit ? ledger::TreeKind::kAudit : ledger::TreeKind::kClinical;
      codec::Writer counted;
      counted.u64(state.count_bodies({erase->path, tree, std::nullopt}));
      erase_patient(context, *erase, state);
      return {ledger::ResultCode::kOk, std::move(counted).take()};
    }
    if (const auto* erase = std::get_if<ledger::EraseRecord>(&context.operation.value)) {
      ledger::Tombstone stone;
      stone.subject = erase->path;
      stone.scope = ledger::ErasureScope::kRecord;
      const ledger::TreeId tree{ledger::TreeKind::kClinical, find_patient(erase->path)};
      state.scan(tree, KeyKind::kRecord, [&](BytesView id, BytesView) {
        if (ledger::record_path(RecordId::from(id)) != erase->record) return true;
        state.erase(StateKey::clinical(tree.subject, KeyKind::kRecord, id));
        return false;
      });
      state.put(ledger::Tombstone::key(erase->record), stone.encode(), {});
      put_order(context, {{}, erase->path, stone.scope, erase->record}, state);
    }
    return {ledger::ResultCode::kOk, Bytes{1, 2, 3}};
  }

 private:
  /// Its patients are registered nowhere.
  static PatientId find_patient(const SubjectPath& path) {
    std::uint32_t number = 0;
    while (ledger::subject_path(TestChain::patient(number)) != path) ++number;
    return TestChain::patient(number);
  }

  static void put_order(const execution::OperationContext& context,
                        const ledger::ErasureOrderEntry& entry,
                        execution::StateOverlay& state) {
    state.put(
        ledger::ErasureOrderEntry::key(context.transaction, context.index), entry.encode(), {});
  }

  static void erase_patient(const execution::OperationContext& context,
                            const ledger::ErasePatient& erase,
                            execution::StateOverlay& state) {
    const PatientId patient = find_patient(erase.path);
    const bool audit = erase.scope == ledger::ErasureScope::kAudit;
    ledger::Tombstone stone;
    stone.subject = erase.path;
    stone.audit_until = TimeMs{5};
    if (audit) stone.audit.emplace();
    put_order(context, {{}, erase.path, erase.scope, std::nullopt}, state);
    state.put(ledger::Tombstone::key(erase.path), stone.encode(), {});
    state.erase(StateKey::main(audit ? KeyKind::kAuditRoot : KeyKind::kSubjectRoot, patient));
    if (audit) return;
    std::vector<PatientId> linked;
    state.scan(
        {ledger::TreeKind::kClinical, patient}, KeyKind::kLink, [&](BytesView other, BytesView) {
          linked.push_back(PatientId::from(other));
          return true;
        });
    for (const PatientId& other : linked)
      state.erase(StateKey::clinical(other, KeyKind::kLink, patient));
    const StateKey sealed = ledger::SealedEntry::key(patient);
    state.put(sealed,
              ledger::SealedEntry{stone.audit_until}.encode(),
              ledger::leaf_salt(context.body.salt, sealed.hash()));
  }
};

class AcceptingVerifier final : public execution::SignatureVerifier {
 public:
  [[nodiscard]] bool verify(const PublicKey& /*key*/,
                            BytesView /*message*/,
                            const Signature& /*signature*/) override {
    return true;
  }
};

Digest numbered(std::string_view tag, std::uint32_t number) {
  crypto::Hasher hasher(tag);
  return hasher.u32(number).finish();
}

crypto::PrivateKey private_key(std::uint8_t scalar) {
  Bytes bytes(32, 0);
  bytes.back() = scalar;
  return crypto::PrivateKey::from_scalar(bytes).value();
}

ledger::AppendRecord append_operation(std::uint32_t patient, std::uint32_t record) {
  ledger::AppendRecord operation;
  operation.patient = TestChain::patient(patient);
  operation.record = TestChain::record(record);
  operation.record_class = ledger::RecordClass::kLab;
  operation.created = TimeMs{5};
  operation.mime_type = "application/fhir+json";
  operation.size = record;
  return operation;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "galen-storage-XXXXXX";
  CHECK(mkdtemp(name.data()) != nullptr, "a temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ledger::Genesis test_genesis(std::string name) {
  ledger::Genesis genesis;
  genesis.name = std::move(name);
  genesis.time = TimeMs{1'000'000};
  genesis.parameters = ledger::default_parameters();
  for (std::uint8_t i = 1; i <= 4; ++i) {
    ledger::GenesisOrganisation organisation;
    organisation.signing_key = private_key(i).public_key();
    organisation.agreement_key = private_key(static_cast<std::uint8_t>(i + 10)).public_key();
    organisation.tls_key = private_key(static_cast<std::uint8_t>(i + 20)).public_key();
    organisation.id = ledger::organisation_id(organisation.signing_key);
    organisation.name = "hospital-" + std::to_string(i);
    organisation.region = "AT";
    genesis.organisations.push_back(organisation);
    ledger::GenesisValidator validator;
    validator.organisation = organisation.id;
    validator.consensus_key = organisation.agreement_key;
    validator.tls_key = organisation.tls_key;
    genesis.validators.push_back(validator);
  }
  return genesis;
}

Options test_options(const std::filesystem::path& path) {
  return {path, AccountId::from(Bytes(32, 9)), true, {}};
}

TestChain::TestChain()
    : genesis_(test_genesis()),
      chain_(ledger::chain_id(genesis_)),
      key_(private_key(1)),
      random_(std::make_unique<CountingRandom>()) {}

PatientId TestChain::patient(std::uint32_t number) {
  return id_cast<PatientId>(numbered("test patient", number));
}

RecordId TestChain::record(std::uint32_t number) {
  return id_cast<RecordId>(numbered("test record", number));
}

ledger::DecodedTransactionPtr TestChain::finish(ledger::TransactionBuilder builder) {
  const auto header = builder.header({0, ++sequence_}, TimeMs{1'500'000});
  const Signature signature = key_.sign(ledger::signing_bytes(header));
  const auto transaction = std::move(builder).finish(header, signature);
  auto decoded = ledger::decode_and_check(ledger::encode(transaction), chain_);
  CHECK(decoded.has_value(), "a test transaction decodes");
  return *decoded;
}

ledger::DecodedTransactionPtr TestChain::enrol(std::uint32_t patient) {
  ledger::RegisterPatient operation;
  operation.patient = TestChain::patient(patient);
  operation.signing_key = key_.public_key();
  operation.agreement_key = key_.public_key();
  // Of what does not matter: this chain's application looks at none.
  operation.signing_possession = key_.sign(operation.signing_key);
  operation.agreement_possession = key_.sign(operation.agreement_key);
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(operation);
  return finish(std::move(builder));
}

ledger::DecodedTransactionPtr TestChain::append(std::uint32_t patient, std::uint32_t record) {
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(append_operation(patient, record));
  return finish(std::move(builder));
}

ledger::DecodedTransactionPtr TestChain::append_two(std::uint32_t patient_a,
                                                    std::uint32_t patient_b,
                                                    std::uint32_t record) {
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(append_operation(patient_a, record));
  builder.add(append_operation(patient_b, record + 1));
  return finish(std::move(builder));
}

ledger::DecodedTransactionPtr TestChain::grant(std::uint32_t patient, std::uint32_t number) {
  ledger::GrantAccess operation;
  operation.terms.patient = TestChain::patient(patient);
  operation.terms.purposes = {"TREAT"};
  operation.terms.terms_commitment = numbered("test grant", number);
  for (std::uint8_t i = 0; i < 64; ++i) {
    Random32 id;
    random_->fill(id.value);
    id.value[0] = i;  // sorted
    operation.terms.data.push_back({ledger::DataMeaning::kInstance, id});
  }
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(operation);
  return finish(std::move(builder));
}

ledger::DecodedTransactionPtr TestChain::access(std::uint32_t patient, std::uint32_t record) {
  ledger::LogAccess operation;
  operation.request.request = id_cast<RequestId>(numbered("test request", record));
  operation.request.patient = TestChain::patient(patient);
  operation.request.records = {TestChain::record(record)};
  operation.request.purpose = "TREAT";
  operation.request.recipient_key = key_.public_key();
  operation.request.expiry = TimeMs{1'500'000};
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(operation);
  return finish(std::move(builder));
}

template <class Operation>
ledger::DecodedTransactionPtr TestChain::about_two(std::uint32_t patient_a,
                                                   std::uint32_t patient_b) {
  Operation operation;
  std::tie(operation.patient, operation.other) =
      std::minmax({patient(patient_a), patient(patient_b)});
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(operation);
  return finish(std::move(builder));
}

ledger::DecodedTransactionPtr TestChain::link(std::uint32_t patient_a, std::uint32_t patient_b) {
  return about_two<ledger::LinkPatient>(patient_a, patient_b);
}

ledger::DecodedTransactionPtr TestChain::unlink(std::uint32_t patient_a, std::uint32_t patient_b) {
  return about_two<ledger::UnlinkPatient>(patient_a, patient_b);
}

ledger::DecodedTransactionPtr TestChain::erase_patient(std::uint32_t patient,
                                                       ledger::ErasureScope scope,
                                                       std::uint64_t operations) {
  ledger::ErasePatient operation;
  operation.operations = operations;
  operation.path = ledger::subject_path(TestChain::patient(patient));
  operation.scope = scope;
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(operation);
  return finish(std::move(builder));
}

ledger::DecodedTransactionPtr TestChain::erase_record(std::uint32_t patient,
                                                      std::uint32_t record,
                                                      std::uint64_t operations) {
  ledger::EraseRecord operation;
  operation.operations = operations;
  operation.path = ledger::subject_path(TestChain::patient(patient));
  operation.record = ledger::record_path(TestChain::record(record));
  ledger::TransactionBuilder builder(chain_, genesis_.organisations[0].id, 0, *random_);
  builder.add(operation);
  return finish(std::move(builder));
}

TestBlock TestChain::block(const Database& database,
                           std::vector<ledger::DecodedTransactionPtr> transactions) const {
  const Head head = database.head();
  AcceptingVerifier verifier;
  const WritingApplication application;
  TestBlock result;
  result.transactions = std::move(transactions);
  result.header = head.header;
  result.header.height = head.height().next();
  result.header.parent = head.hash;
  result.header.time = TimeMs{head.header.time.value + 1};
  const execution::BlockContext context{chain_, result.header.height, result.header.time};
  result.outcome = execution::execute_block(
      database, database, context, result.transactions, application, verifier);
  result.header.transactions_root = result.outcome.transactions_root;
  result.header.receipts_root = result.outcome.receipts_root;
  result.header.state_root = result.outcome.state.state_root;
  result.certificate.subject = {Epoch{0},
                                ledger::VoteType::kCommit,
                                View{0},
                                result.header.height,
                                ledger::block_hash(result.header)};
  const Bytes statement = ledger::vote_statement(chain_, result.certificate.subject);
  for (std::uint8_t i = 0; i < 3; ++i) {
    const auto key = private_key(static_cast<std::uint8_t>(i + 11));  // as in test_genesis
    result.certificate.signatures[ValidatorIndex{i}] = key.sign(statement);
  }
  return result;
}

}  // namespace galen::storage
